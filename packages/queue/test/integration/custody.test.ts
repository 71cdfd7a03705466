import assert from 'node:assert/strict'
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Reservation } from '../../src/connection.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, defineJob } from '../../src/index.ts'
import { Custody } from '../../src/supervisor/custody.ts'
import { identityOf } from '../../src/supervisor/process-identity.ts'
import { RecordFolder } from '../../src/supervisor/record-folder.ts'
import type { RecordHeader } from '../../src/supervisor/record-format.ts'
import { RecordWriter } from '../../src/supervisor/record-writer.ts'
import { comesTrue } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ordinaryRetryAfter = 90
const self = identityOf(process.pid)
const [boot, container, ...own] = self.split('/')
const longGone = 1

/** A queue with one job that is reserved, and a folder of records. */
async function opened(context: TestContext, retryAfterSeconds = ordinaryRetryAfter) {
  const temporary = temporaryFolder()
  const connection = sqlite(join(temporary.path, 'queue.sqlite'), { retryAfter: retryAfterSeconds })
  const job = defineJob('job', {}, () => undefined)
  const queue = createQueue({ connection, jobs: [job] })
  context.after(async () => {
    await queue.close()
    temporary[Symbol.dispose]()
  })
  await queue.migrate()
  const dispatch = () => queue.dispatch(job, {})
  await dispatch()
  const claim = () => connection.claim({ queues: ['default'], limit: 1 })
  const [reserved] = await claim()
  assert.ok(reserved)
  const folderPath = join(temporary.path, 'records')
  const folder = new RecordFolder(folderPath)
  const isReserved = async () => Boolean((await queue.jobs())[0]?.reservedAt)
  const database = queue.supervision.database
  return {
    queue,
    dispatch,
    claim,
    reserved,
    folder,
    folderPath,
    database,
    isReserved,
    names: () => readdirSync(folderPath),
  }
}

type Opened = Awaited<ReturnType<typeof opened>>

function custodyOf({ queue, folder }: Opened, isAway = () => false, settle = () => Promise.resolve()): Custody {
  const open = async () => {
    if (isAway()) throw new Error('The database is away.')
    return { queue, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  return new Custody({ folder, open, settle })
}

const lost = (held: readonly Reservation[]) => ({ cause: 'a test', held, suspects: [], culprit: undefined })

/** What a runner leaves that was killed. */
function record({ folder, database }: Opened, parts: Partial<RecordHeader>, held: readonly Reservation[] = []): string {
  const path = folder.create()
  const writer = new RecordWriter(path, {
    version: 1,
    runner: self,
    parent: self,
    database,
    retryAfterSeconds: ordinaryRetryAfter,
    slots: 1,
    ...parts,
  })
  writer.hold(held, () => held)
  writer[Symbol.dispose]()
  return path
}

const dead = `${boot}/${container}/${own[0]}/1`

test('what cannot be given back keeps nothing else from it', async (context) => {
  const given = await opened(context)
  const custody = custodyOf(given)
  await custody.recover(given.folder.create(), lost([{ id: 'what is no id', attempts: 1 }]))
  assert.equal(given.names().length, 1)

  await custody.recover(given.folder.create(), lost([given.reserved]))

  assert.equal(await given.isReserved(), false)
  assert.equal(given.names().length, 1)
})

test('what could not be given back is, by the next who watches in the same process', async (context) => {
  const given = await opened(context)
  const path = record(given, { runner: dead }, [given.reserved])
  const first = custodyOf(given, () => true)
  await first.recover(path, lost([given.reserved]))
  await first[Symbol.asyncDispose]()
  assert.equal(await given.isReserved(), true)

  await custodyOf(given).lookAround(given.database)

  assert.equal(await given.isReserved(), false)
  assert.deepEqual(given.names(), [])
})

test('a job that ended its process is a suspect, when three times nobody came to record what it did', async (context) => {
  const given = await opened(context)
  let settlings = 0
  const custody = custodyOf(given, undefined, async () => {
    settlings += 1
  })
  const culprit = { reservation: given.reserved, durationMs: 1, end: { kind: 'crashed', cause: 'a test' } } as const

  await custody.recover(given.folder.create(), { ...lost([given.reserved]), culprit })
  for (let look = 2; look <= 3; look += 1) await custody.lookAround(given.database)
  assert.deepEqual([settlings, await given.isReserved()], [3, true])
  await custody.lookAround(given.database)

  assert.deepEqual([settlings, await given.isReserved(), given.names()], [3, false, []])
  const [again] = await given.claim()
  assert.equal(again?.crashes, 1)
})

describe('no other worker runs what a dead one held', () => {
  const culpritOf = (reservation: Reservation) =>
    ({ reservation, durationMs: 1, end: { kind: 'crashed', cause: 'a test' } }) as const

  /** Two jobs that a dead runner held, and what others could claim until they are given back. */
  async function heldByTheDead(context: TestContext) {
    const given = await opened(context, 4)
    await given.dispatch()
    await given.dispatch()
    const others = [...(await given.claim()), ...(await given.claim())]
    const claimed: unknown[] = []
    const until = performance.now() + 6_000
    const claimAlong = async () => {
      for (; performance.now() < until; await wait(50)) claimed.push(...(await given.claim()))
    }
    return { given, others, claimed, claimAlong }
  }

  test('while a crash is recorded, and while it waits for others, among them one that cannot be given back', async (context) => {
    const { given, others, claimed, claimAlong } = await heldByTheDead(context)
    const [suspect, held] = others
    assert.ok(suspect && held)
    await using custody = custodyOf(given, undefined, claimAlong)

    await custody.recover(given.folder.create(), lost([{ id: 'what is no id', attempts: 1 }]))
    const first = custody.recover(given.folder.create(), { ...lost([]), culprit: culpritOf(given.reserved) })
    await Promise.all([first, custody.recover(given.folder.create(), { ...lost([held]), suspects: [suspect] })])

    assert.deepEqual(claimed, [])
    const again = [...(await given.claim()), ...(await given.claim())]
    assert.deepEqual(
      again.map(({ id, crashes }) => [id, crashes]),
      [
        [suspect.id, 1],
        [held.id, 0],
      ],
    )
  })

  test('while a late error is recorded', async (context) => {
    const { given, claimed, claimAlong } = await heldByTheDead(context)
    await using custody = custodyOf(given, undefined, claimAlong)
    custody.recordLate(given.reserved, { kind: 'text', text: 'late' } as never)

    await custody.recover(given.folder.create(), lost([given.reserved]))

    assert.deepEqual(
      claimed.filter((each) => Object(each).id === given.reserved.id),
      [],
    )
  })

  test('and its record says so to who looks after it next', async (context) => {
    const given = await opened(context, 4)
    let renewedAt = 0
    const path = record(given, { runner: dead }, [given.reserved])
    const settled = async () => {
      const before = statSync(join(given.folderPath, given.names()[0] ?? '')).mtimeMs
      await comesTrue(() => statSync(join(given.folderPath, given.names()[0] ?? '')).mtimeMs > before, 10)
      renewedAt = statSync(join(given.folderPath, given.names()[0] ?? '')).mtimeMs - before
    }
    await using custody = custodyOf(given, undefined, settled)

    await custody.recover(path, { ...lost([]), culprit: culpritOf(given.reserved) })

    assert.ok(renewedAt > 0)
  })
})

test('records that nobody can have written to for a day are removed, and no others', async (context) => {
  const given = await opened(context)
  const file = (name: string) => {
    const path = join(given.folderPath, name)
    writeFileSync(path, Buffer.alloc(2_300))
    return path
  }
  const otherBoot = `another/${container}/${own.join('/')}`
  const otherContainer = `${boot}/another/${own.join('/')}`
  const stale = [
    ...[otherBoot, otherContainer, 'unknown'].map((identity) => record(given, { runner: identity, parent: identity })),
    ...['half.record', 'a.record.taken-%zz', `b.record.taken-${encodeURIComponent(otherBoot)}`].map(file),
  ]
  const kept = [
    record(given, {}),
    ...['notes.txt', `c.record.taken-${encodeURIComponent(self)}`].map(file),
    record(given, { runner: otherBoot, parent: otherBoot }),
  ]
  const fresh = kept.at(-1)
  for (const path of [...stale, ...kept]) if (path !== fresh) utimesSync(path, longGone, longGone)

  await custodyOf(given).lookAround(given.database)

  assert.deepEqual(given.names().sort(), kept.map((path) => basename(path)).sort())
})
