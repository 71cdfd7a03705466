import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { eventually } from '../support/eventually.ts'
import { joined } from './harness/joined.ts'
import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { data, isUnwritable, texts } from './r19-data.ts'
import { type EchoQueue, echoQueue, refusalOf, shown } from './r19-echo.ts'

/** So many jobs are dispatched and worked together. */
const ofGroup = 100

interface Drawn {
  readonly name: 'Echo' | 'Throw'
  readonly data: unknown
}

interface Dispatched extends Drawn {
  readonly uuid: string
}

const drawn: fc.Arbitrary<Drawn> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ name: fc.constant('Echo' as const), data }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('Throw' as const), data: texts }) },
)

/** Random data: what the handler gets is what was dispatched, or the dispatch was refused and nothing written. */
export async function fuzz(stage: Stage): Promise<Verdict> {
  const { random, size } = stage.context
  const all = fc.sample(drawn, { numRuns: size.payloads ?? 0, seed: random.seed })
  const verdicts: Verdict[] = []
  for (let index = 0; index < all.length; index += ofGroup) {
    const verdict = await workThrough(stage, all.slice(index, index + ofGroup))
    verdicts.push(verdict)
    if (verdict.violations.length > 0) break
  }
  return joined(verdicts)
}

async function workThrough(stage: Stage, group: readonly Drawn[]): Promise<Verdict> {
  await using echo = echoQueue(stage)
  // A worker that waits is handed what is dispatched in its process.
  const isWaiting = stage.context.random.chance(30)
  const worker = echo.worker({ stopWhenEmpty: !isWaiting })
  const waiting = isWaiting ? worker.run() : undefined
  const { dispatched, violations, refused } = await dispatchAll(stage, echo, group)
  if (waiting) await eventually(() => echo.ended() >= dispatched.length || echo.errors.length > 0, 120)
  if (waiting) worker.stop()
  await (waiting ?? worker.run())
  const problems = [
    ...violations,
    ...echo.errors.map((error) => `The worker met ${error}.`),
    ...wrongEchoes(echo, dispatched),
    ...(await wrongFailures(stage, dispatched)),
  ]
  return {
    figures: { payloads: group.length, refused, failed: dispatched.filter(({ name }) => name === 'Throw').length },
    faults: group.length,
    violations: problems,
  }
}

interface Dispatching {
  readonly dispatched: readonly Dispatched[]
  readonly violations: readonly string[]
  readonly refused: number
}

/** The first half one by one, the second as many at once as can be written; each that cannot be must be refused. */
async function dispatchAll(stage: Stage, echo: EchoQueue, group: readonly Drawn[]): Promise<Dispatching> {
  const half = group.length / 2
  const parts = [await dispatchEach(echo, group.slice(0, half))]
  for (const name of ['Echo', 'Throw'] as const) {
    const ofName = group.slice(half).filter((each) => each.name === name)
    parts.push(await dispatchTogether(stage, echo, { name, items: ofName.map((each) => each.data) }))
  }
  const dispatched = parts.flatMap((part) => part.dispatched)
  const violations = parts.flatMap((part) => part.violations)
  return { dispatched, violations, refused: group.length - dispatched.length }
}

type Part = Pick<Dispatching, 'dispatched' | 'violations'>

async function dispatchEach({ queue }: EchoQueue, group: readonly Drawn[]): Promise<Part> {
  const dispatched: Dispatched[] = []
  const violations: string[] = []
  for (const each of group) {
    const uuid = randomUUID()
    const refusal = await refusalOf(queue.push(each.name, each.data, { uuid }))
    if (refusal === undefined) dispatched.push({ ...each, uuid })
    if (refusal !== (isUnwritable(each.data) ? 'INVALID_PAYLOAD' : undefined))
      violations.push(`${refusal ?? 'Accepted'}: ${shown(each.data)}.`)
  }
  return { dispatched, violations }
}

interface Together {
  readonly name: Drawn['name']
  readonly items: readonly unknown[]
}

async function dispatchTogether({ loaded }: Stage, { queue }: EchoQueue, { name, items }: Together): Promise<Part> {
  const job = loaded.index.defineJob<unknown>(name, { tries: 1 }, () => undefined)
  const writable = items.filter((item) => !isUnwritable(item))
  const together = await queue.pushMany(job, writable)
  const violations: string[] = []
  for (const item of items.filter(isUnwritable)) {
    const refusal = await refusalOf(queue.pushMany(job, ['good', item]))
    if (refusal !== 'INVALID_PAYLOAD') violations.push(`${refusal ?? 'Accepted'} among others: ${shown(item)}.`)
  }
  return { dispatched: together.map(({ uuid }, index) => ({ name, uuid, data: writable[index] })), violations }
}

function wrongEchoes({ received }: EchoQueue, dispatched: readonly Dispatched[]): readonly string[] {
  const expected = dispatched.filter(({ name }) => name === 'Echo')
  const wrong = expected.flatMap((each) => {
    if (!received.has(each.uuid)) return [`It did not run: ${shown(each.data)}.`]
    const got = received.get(each.uuid)
    // As JSON says it: it knows no -0.
    const sent: unknown = JSON.parse(JSON.stringify(each.data))
    return isDeepStrictEqual(got, sent) ? [] : [`${shown(got)} came of ${shown(sent)}.`]
  })
  const more = received.size - expected.length
  return more > 0 ? [...wrong, `${more} jobs ran that nobody dispatched.`] : wrong
}

/** Each that threw is recorded with what it threw, and nothing else is; the tables are empty afterwards. */
async function wrongFailures({ database }: Stage, dispatched: readonly Dispatched[]): Promise<readonly string[]> {
  const expected = new Map(dispatched.flatMap(({ name, uuid, data: text }) => (name === 'Throw' ? [[uuid, text]] : [])))
  const failed = await database.query('select uuid, exception from failed_jobs')
  const left = await database.query('select id from jobs')
  await database.query('delete from failed_jobs')
  const wrong = failed.flatMap(({ uuid, exception }) => {
    const head = `Error: ${String(expected.get(String(uuid))).replaceAll('\0', '')}`
    return String(exception).startsWith(head) ? [] : [`${shown(exception)} was recorded, not ${shown(head)}.`]
  })
  return [
    ...wrong,
    ...(failed.length === expected.size ? [] : [`${failed.length} of ${expected.size} failures were recorded.`]),
    ...(left.length === 0 ? [] : [`${left.length} jobs are left.`]),
  ]
}
