import type { JobOptions } from '../../../src/index.ts'

export const copyJob: JobOptions = { timeout: 600, php: { properties: { companyId: {}, tenantId: { default: null } } } }

/** The classes of the facts, as a program describes them to dispatch their jobs. */
export const laravelClasses: Readonly<Record<string, JobOptions>> = {
  'App\\Jobs\\CopyProductsToClientJob': copyJob,
  'App\\Jobs\\ProtectedPropsJob': {
    tries: 3,
    maxExceptions: 2,
    failOnTimeout: true,
    backoff: [10, 60, 300],
    timeout: 300,
    retryUntil: () => new Date(1_900_000_000_000),
    php: { properties: { companyId: { visibility: 'protected' }, options: { visibility: 'private' } } },
  },
  'App\\Jobs\\RichJob': {
    php: {
      properties: {
        nullable: {},
        amount: { as: 'float' },
        flag: {},
        nested: {},
        perfil: { as: 'enum' },
        when: { as: { date: 'Carbon\\CarbonImmutable' } },
        text: {},
        dto: { as: { object: 'stdClass' } },
      },
    },
  },
  'App\\Jobs\\UniqueJob': { php: { properties: { id: {} } } },
  'App\\Jobs\\ModelJob': { php: { properties: { company: { as: 'model' } } } },
}
