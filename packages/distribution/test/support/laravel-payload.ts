import { randomUUID } from 'node:crypto'

export interface LaravelCopyJob {
  readonly queue: string
  readonly companyId: number
  readonly tenantId: string | null
}

/** As Laravel 11 writes it for a class with the properties companyId and tenantId, the second null by default. */
export function laravelPayload({ queue, companyId, tenantId }: LaravelCopyJob): string {
  const properties = [
    `s:9:"companyId";i:${companyId};`,
    ...(tenantId === null ? [] : [`s:8:"tenantId";s:${Buffer.byteLength(tenantId)}:"${tenantId}";`]),
    ...(queue === 'default' ? [] : [`s:5:"queue";s:${queue.length}:"${queue}";`]),
  ]
  return JSON.stringify({
    uuid: randomUUID(),
    displayName: 'App\\Jobs\\CopyProductsToClientJob',
    job: 'Illuminate\\Queue\\CallQueuedHandler@call',
    maxTries: null,
    maxExceptions: null,
    failOnTimeout: false,
    backoff: null,
    timeout: 600,
    retryUntil: null,
    data: {
      commandName: 'App\\Jobs\\CopyProductsToClientJob',
      command: `O:32:"App\\Jobs\\CopyProductsToClientJob":${properties.length}:{${properties.join('')}}`,
    },
  })
}
