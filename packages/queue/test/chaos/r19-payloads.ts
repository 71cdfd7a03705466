import type { Guard } from './harness/guards.ts'
import { joined } from './harness/joined.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { openStage, type Stage } from './harness/stage.ts'
import { tryBadRows } from './r19-bad-rows.ts'
import { tryCharsets } from './r19-charsets.ts'
import { tryEdges } from './r19-edges.ts'
import { fuzz } from './r19-fuzz.ts'
import { tryLargeRows } from './r19-large-rows.ts'
import { tryQueueNames } from './r19-queue-names.ts'

const guards: readonly Guard[] = [
  {
    name: 'the refusal of text that is not well formed',
    changes: [
      {
        file: 'laravel/php-json.ts',
        find: `throw new TypeError('it has text that is not well formed')`,
        replace: 'return',
      },
    ],
  },
  {
    name: 'the refusal of a key __proto__',
    changes: [
      { file: 'laravel/php-json.ts', find: `throw new TypeError('it has a key __proto__')`, replace: 'return' },
    ],
  },
  {
    name: 'the limit of a payload',
    changes: [
      {
        file: 'dispatch/prepare-job.ts',
        find: 'if (bytes > maxBytes) throw',
        replace: 'if (bytes > maxBytes + 1) throw',
      },
    ],
  },
  {
    name: 'the prototype that is refused when a payload is read',
    changes: [
      {
        file: 'laravel/payload.ts',
        find: `if (key === '__proto__') throw new InvalidPayloadError('it has a key __proto__')`,
        replace: '',
      },
    ],
  },
  {
    name: 'another spelling of a failure that a table cannot hold',
    drivers: ['mariadb'],
    changes: [
      {
        file: 'attempt/settle-outcome.ts',
        find: 'yield { ...failure, exception, respelledPayload: toAsciiJson(failure.payload) }',
        replace: '',
      },
    ],
  },
]

/** Any data, any size, any exception, any name of a queue, and rows that no dispatch has written. */
export const payloads: Scenario = {
  id: 'R19',
  title: 'what is dispatched arrives as it was or is refused, and a bad row fails alone',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { payloads: 20_000, names: 300, large: 1 },
    short: { payloads: 300, names: 10, large: 0 },
  },
  guards,
  run,
}

const parts: readonly ((stage: Stage) => Promise<Verdict>)[] = [
  tryBadRows,
  tryEdges,
  tryQueueNames,
  tryCharsets,
  fuzz,
  tryLargeRows,
]

async function run(context: ScenarioContext): Promise<Verdict> {
  await using stage = await openStage(context)
  const verdicts: Verdict[] = []
  for (const part of parts) {
    const verdict = await part(stage)
    verdicts.push(verdict)
    // What a queue without its guard leaves behind shows nothing more.
    if (verdict.violations.length > 0) break
  }
  return joined(verdicts)
}
