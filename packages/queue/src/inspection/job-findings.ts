import type { Advice, Facts, Finding } from './finding.ts'
import { type Counted, type Counts, type JobTally, type NamedJobs, otherNames } from './job-tally.ts'
import type { Sample } from './scan-rows.ts'
import { closureClass } from './stored-payload.ts'

export interface JobFacts {
  readonly tally: JobTally
  readonly sample: Sample
  /** The names of the jobs that this program has. */
  readonly handlers: ReadonlySet<string>
  /** What its workers do with a job that nobody registered. */
  readonly unknownJobs: 'leave' | 'fail'
  readonly retryAfterSeconds: number
  readonly hasKeys: boolean
}

/** What waits in `jobs`, who can run it, and what would go wrong. */
export function jobFindings(facts: JobFacts): readonly Finding[] {
  const { tally, sample } = facts
  return [
    countedFinding('jobs', sample),
    ...queueFindings(tally.queues),
    ...mostNamed(tally.named).map((jobs) => classFinding(jobs, facts)),
    ...outlivingFindings(facts),
    ...brokenFindings('jobs', tally.broken),
    ...encryptedFindings(facts),
    ...traitFindings(tally.traits),
  ]
}

/** What stands in `failed_jobs`. */
export function failedJobFindings({ tally, sample, handlers }: JobFacts): readonly Finding[] {
  return [
    countedFinding('failed_jobs', sample),
    ...mostNamed(tally.named).map((jobs) => failedClassFinding(jobs, handlers)),
    ...brokenFindings('failed_jobs', tally.broken),
  ]
}

const shownNames = 50

function most(counts: Counts): readonly (readonly [string, Counted])[] {
  return [...counts].toSorted(([, a], [, b]) => b.count - a.count).slice(0, shownNames)
}

function mostNamed(named: readonly NamedJobs[]): readonly NamedJobs[] {
  return named.toSorted((a, b) => b.count - a.count).slice(0, shownNames)
}

function countedFinding(table: string, { seen, total }: Sample): Finding {
  if (seen === total) {
    return {
      code: 'ROWS_COUNTED',
      severity: 'info',
      facts: { table, count: total },
      advice: { es: 'Se miraron todas las filas.', en: 'Every row was looked at.' },
    }
  }
  return {
    code: 'ROWS_SAMPLED',
    severity: 'info',
    facts: { table, count: total, seen },
    advice: {
      es: `Se miraron ${seen} de ${total} filas, repartidas por toda la tabla: las demás cuentas son de esa muestra.`,
      en: `${seen} of ${total} rows were looked at, spread over the whole table: the other counts are of that sample.`,
    },
  }
}

function queueFindings(queues: Counts): readonly Finding[] {
  if (queues.size === 0) return []
  return [
    {
      code: 'QUEUES',
      severity: 'info',
      facts: { table: 'jobs', column: 'queue', queues: most(queues).map(([name, { count }]) => `${name}: ${count}`) },
      advice: {
        es: 'queue:work trabaja la de DB_QUEUE; las demás, con --queue=una,otra.',
        en: 'queue:work works that of DB_QUEUE; the others with --queue=one,another.',
      },
    },
  ]
}

function classFinding(jobs: NamedJobs, { handlers, unknownJobs }: JobFacts): Finding {
  const facts = namedFacts('jobs', jobs, handlers)
  const severity = unknownJobs === 'leave' ? 'info' : 'warning'
  if (handlers.has(jobs.name)) return { code: 'JOB_HANDLED', severity: 'info', facts, advice: handled }
  if (jobs.name === closureClass) return { code: 'JOB_CLOSURE', severity, facts, advice: closure }
  return { code: 'JOB_UNHANDLED', severity, facts, advice: unknownJobs === 'leave' ? left : unhandled }
}

function namedFacts(
  table: string,
  { name, carried, count, exampleId }: NamedJobs,
  handlers: ReadonlySet<string>,
): Facts {
  return {
    table,
    column: 'payload',
    job: shown(name, handlers),
    ...(carried !== undefined && { carried }),
    count,
    exampleId,
  }
}

const handled: Advice = {
  es: 'Este programa lo ejecuta. No deje procesos de PHP en la misma cola cuando ya no deban tomarlo.',
  en: 'This program runs it. Leave no PHP worker on the same queue once it must not take it any more.',
}
const unhandled: Advice = {
  es: 'Solo PHP lo ejecuta. Antes de trabajar su cola desde aquí ponga QUEUE_UNKNOWN_JOBS=leave, o registre la clase con defineJob.',
  en: 'Only PHP runs it. Before you work its queue from here set QUEUE_UNKNOWN_JOBS=leave, or register the class with defineJob.',
}
const left: Advice = {
  es: 'Solo PHP lo ejecuta, y aquí se deja sin tocar (QUEUE_UNKNOWN_JOBS=leave). Mantenga un proceso de PHP en su cola.',
  en: 'Only PHP runs it, and it is left alone here (QUEUE_UNKNOWN_JOBS=leave). Keep a PHP worker on its queue.',
}
const closure: Advice = {
  es: 'Un closure solo lo ejecuta PHP. Deje un proceso de PHP para él con QUEUE_UNKNOWN_JOBS=leave, o conviértalo en una clase.',
  en: 'Only PHP can run a closure. Keep a PHP worker for it with QUEUE_UNKNOWN_JOBS=leave, or make it a class.',
}

/** A name that is no class may hold anything, also what a person wrote. */
function shown(name: string, handlers: ReadonlySet<string>): string {
  const isName = name.length <= 200 && /^[\p{L}_][\p{L}\p{N}_\\./-]*(?:::?|@)?[\p{L}\p{N}_]*$/u.test(name)
  if (isName || handlers.has(name)) return name
  return otherNames
}

function failedClassFinding(jobs: NamedJobs, handlers: ReadonlySet<string>): Finding {
  return {
    code: 'FAILED_JOB',
    severity: 'warning',
    facts: namedFacts('failed_jobs', jobs, handlers),
    advice: {
      es: 'Vea por qué con queue:failed y reinténtelos o bórrelos (queue:retry, queue:forget) antes de mover la clase.',
      en: 'See why with queue:failed, and retry or delete them (queue:retry, queue:forget) before you move the class.',
    },
  }
}

/** Our workers renew what they hold: only what PHP may run too is in danger, and its names have namespaces. */
function outlivingFindings({ tally, handlers, retryAfterSeconds }: JobFacts): readonly Finding[] {
  const endangered = most(tally.outliving).filter(([name]) => !handlers.has(name) || name.includes('\\'))
  return endangered.map(([name, { count, exampleId }]) => ({
    code: 'TIMEOUT_BEYOND_RETRY_AFTER',
    severity: 'problem',
    facts: { table: 'jobs', column: 'payload', job: shown(name, handlers), count, exampleId, retryAfterSeconds },
    advice: {
      es: `Su timeout no es menor que retry_after (${retryAfterSeconds} s): con PHP corre dos veces. Suba DB_QUEUE_RETRY_AFTER en los dos lados por encima del mayor timeout.`,
      en: `Its timeout is not below retry_after (${retryAfterSeconds} s): in PHP it runs twice. Raise DB_QUEUE_RETRY_AFTER on both sides above the longest timeout.`,
    },
  }))
}

function brokenFindings(table: 'jobs' | 'failed_jobs', broken: Counts): readonly Finding[] {
  return [...broken].map(([reason, { count, exampleId }]) => ({
    code: 'PAYLOAD_BROKEN',
    severity: table === 'jobs' ? 'problem' : 'warning',
    facts: { table, column: 'payload', reason, count, exampleId },
    advice: brokenAdvice[table],
  }))
}

const brokenAdvice: Readonly<Record<'jobs' | 'failed_jobs', Advice>> = {
  jobs: {
    es: 'Nadie lo puede ejecutar: pasa a failed_jobs cuando le toque. Mire la fila y bórrela, o averigüe quién la escribió.',
    en: 'Nobody can run it: it goes to failed_jobs when its turn comes. Look at the row and delete it, or find out who wrote it.',
  },
  failed_jobs: {
    es: 'No se puede reintentar. Mire la fila y bórrela con queue:forget.',
    en: 'It cannot be retried. Look at the row and delete it with queue:forget.',
  },
}

function encryptedFindings({ tally, hasKeys }: JobFacts): readonly Finding[] {
  const encrypted = tally.traits.get('encrypted')
  if (!encrypted) return []
  const foreign = tally.traits.get('undecipherable')
  if (!hasKeys) return [traitFinding(withoutKey, encrypted)]
  return [foreign ? traitFinding(otherKey, foreign) : traitFinding(ownKey, encrypted)]
}

/** A finding about single jobs, without the jobs. */
type Trait = Pick<Finding, 'code' | 'severity' | 'advice'> & { readonly column: string }

const withoutKey: Trait = {
  code: 'ENCRYPTED_WITHOUT_KEY',
  severity: 'problem',
  column: 'payload',
  advice: {
    es: 'Están cifrados y falta APP_KEY: copie la de la aplicación Laravel a .env (y APP_PREVIOUS_KEYS si la tiene).',
    en: 'They are encrypted and APP_KEY is not set: copy that of the Laravel application to .env (and APP_PREVIOUS_KEYS if it has them).',
  },
}
const otherKey: Trait = {
  code: 'ENCRYPTED_WITH_OTHER_KEY',
  severity: 'problem',
  column: 'payload',
  advice: {
    es: 'Están cifrados con otra clave: APP_KEY y APP_PREVIOUS_KEYS deben ser las de la aplicación Laravel.',
    en: 'They are encrypted with another key: APP_KEY and APP_PREVIOUS_KEYS must be those of the Laravel application.',
  },
}
const ownKey: Trait = {
  code: 'ENCRYPTED',
  severity: 'info',
  column: 'payload',
  advice: {
    es: 'Están cifrados y APP_KEY abre los que se probaron.',
    en: 'They are encrypted, and APP_KEY opens those that were tried.',
  },
}

function traitFindings(traits: Counts): readonly Finding[] {
  return [large, expired, exhausted].flatMap(({ trait, ...finding }) => {
    const counted = traits.get(trait)
    return counted ? [traitFinding(finding, counted)] : []
  })
}

const large = {
  trait: 'large',
  code: 'PAYLOAD_LARGE',
  severity: 'warning',
  column: 'payload',
  advice: {
    es: 'Pasa de un mebibyte. Guarde los datos aparte y despache su id; aquí el límite es maxPayloadBytes.',
    en: 'It is larger than a mebibyte. Store the data and dispatch its id; the limit here is maxPayloadBytes.',
  },
} as const
const expired = {
  trait: 'expired',
  code: 'RESERVATION_EXPIRED',
  severity: 'warning',
  column: 'reserved_at',
  advice: {
    es: 'Su reserva venció: quien los tomó murió, o tardan más que retry_after. El próximo proceso los toma otra vez.',
    en: 'Their reservation has expired: whoever took them died, or they take longer than retry_after. The next worker takes them again.',
  },
} as const
const exhausted = {
  trait: 'exhausted',
  code: 'ATTEMPTS_NEAR_LIMIT',
  severity: 'warning',
  column: 'attempts',
  advice: {
    es: 'Ya casi no caben más intentos en la columna. Vea por qué se repiten, o amplíela a smallint unsigned.',
    en: 'The column can hardly count another attempt. See why they come again, or widen it to smallint unsigned.',
  },
} as const

function traitFinding({ code, severity, column, advice }: Trait, { count, exampleId }: Counted): Finding {
  return { code, severity, facts: { table: 'jobs', column, count, exampleId }, advice }
}
