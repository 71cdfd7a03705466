import fc from 'fast-check'
import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { texts } from './r19-data.ts'
import { type EchoQueue, echoQueue, refusalOf, shown } from './r19-echo.ts'

const names = fc.oneof(
  { weight: 4, arbitrary: texts },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a,b', 'a'.repeat(255), 'a'.repeat(256), '🛒'.repeat(255), '🛒'.repeat(256)),
  },
)

/** Printable, without the comma that stands between names, and as long as the column. */
function isName(text: string): boolean {
  return [...text].length <= 255 && /^[^\p{C},]+$/u.test(text)
}

/** A queue of any name is worked under that name, or the dispatch was refused. */
export async function tryQueueNames(stage: Stage): Promise<Verdict> {
  const { size, random } = stage.context
  await using echo = echoQueue(stage)
  const drawn = fc.sample(names, { numRuns: size.names ?? 0, seed: random.seed })
  const problems: string[] = []
  for (const name of drawn) problems.push(...(await tryName(stage, echo, name)))
  return {
    figures: { names: echo.ended() },
    faults: drawn.length,
    violations: [...problems, ...echo.errors.map((error) => `The worker met ${error}.`)],
  }
}

async function tryName({ database }: Stage, { queue, worker }: EchoQueue, name: string): Promise<readonly string[]> {
  const refusal = await refusalOf(queue.push('Echo', name, { queue: name }))
  const expected = isName(name) ? undefined : 'INVALID_OPTION'
  if (refusal !== expected) return [`${refusal ?? 'Accepted'}: ${shown(name)}.`]
  if (refusal !== undefined) return []
  const [row] = await database.query('select queue from jobs')
  const { processed } = await worker({ queues: [name] }).run()
  await database.query('delete from jobs')
  return [
    ...(row?.queue === name ? [] : [`${shown(row?.queue)} was stored for the queue ${shown(name)}.`]),
    ...(processed === 1 ? [] : [`${processed} jobs were on the queue ${shown(name)}.`]),
  ]
}
