import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue } from '../../src/index.ts'
import { type SlotLease, takeSlots } from '../../src/supervisor/slot-lease.ts'
import type { WorkerSlots } from '../../src/worker-slots.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const name = 'default'
const renewalMs = 10_000
const runner = 'the runner'

type Ask<Verb extends keyof WorkerSlots> = () => ReturnType<WorkerSlots[Verb]>
type Renewal = (ask: Ask<'renew'>) => ReturnType<WorkerSlots['renew']>

/** The slots of a queue in a file, and what becomes of each renewal on its way there. */
async function openSlots(context: TestContext) {
  const folder = temporaryFolder()
  const path = join(folder.path, 'queue.sqlite')
  const connection = sqlite(path)
  const queue = createQueue({ connection })
  context.after(async () => {
    await queue.close()
    folder[Symbol.dispose]()
  })
  await queue.migrate()
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  return new LossySlots(connection.slots, path)
}

class LossySlots {
  readonly real: WorkerSlots
  readonly #path: string
  /** What becomes of the next renewals; those that follow arrive. */
  fates: Renewal[] = []
  #answered = 0
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined

  constructor(real: WorkerSlots, path: string) {
    this.real = real
    this.#path = path
  }

  get slots(): WorkerSlots {
    return {
      take: (request) => this.real.take(request),
      free: (slot) => this.real.free(slot),
      renew: (...call) => this.#renew(() => this.real.renew(...call)),
    }
  }

  async one(): Promise<SlotLease> {
    const [lease] = await takeSlots(this.slots, { name, count: 1 })
    assert.ok(lease)
    return lease
  }

  /** Resolves when so many renewals have had an answer, or none, in all. */
  answered(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#awaited = { count, resolve }
    this.#tellAnswered()
    return promise
  }

  /** Undefined when it is nobody's. */
  owner(): string | undefined {
    using database = new DatabaseSync(this.#path, { readOnly: true, timeout: 5_000 })
    const row = database.prepare('select owner from queue_slots').get()
    return row && String(row.owner)
  }

  async #renew(ask: Ask<'renew'>): Promise<boolean> {
    const fate = this.fates.shift() ?? ((arrive) => arrive())
    try {
      return await fate(ask)
    } finally {
      this.#answered += 1
      // After the lease has heard it.
      setImmediate(() => this.#tellAnswered())
    }
  }

  #tellAnswered(): void {
    if (this.#awaited && this.#answered >= this.#awaited.count) this.#awaited.resolve()
  }
}

const away: Renewal = () => Promise.reject(new Error('The database is away.'))
const answerLost: Renewal = async (arrive) => {
  await arrive()
  throw new Error('The answer is lost.')
}

function isFor(lossy: LossySlots, runner: string): boolean {
  return lossy.owner()?.endsWith(` ${runner}`) ?? false
}

test('a slot stays its runner’s when it was to be renewed before the runner was written', async (context) => {
  const lossy = await openSlots(context)
  const lease = await lossy.one()
  const gate = Promise.withResolvers<void>()
  lossy.fates = [(arrive) => gate.promise.then(arrive)]

  lease.holdFor(runner)
  context.mock.timers.tick(renewalMs)
  gate.resolve()
  await lossy.answered(2)

  assert.ok(isFor(lossy, runner), lossy.owner())
  await lease.free()
})

test('a runner that could not be written is written with the next try', async (context) => {
  const lossy = await openSlots(context)
  const lease = await lossy.one()
  lossy.fates = [away]

  lease.holdFor(runner)
  await lossy.answered(1)
  context.mock.timers.tick(renewalMs)
  await lossy.answered(2)

  assert.ok(isFor(lossy, runner), lossy.owner())
  await lease.free()
})

test('a slot whose renewal came about without an answer is kept, also for the next runner, and freed', async (context) => {
  const lossy = await openSlots(context)
  const lease = await lossy.one()
  lease.onLost = () => assert.fail('It is still ours.')
  lossy.fates = [answerLost, away]

  lease.holdFor(runner)
  await lossy.answered(1)
  lease.holdFor('the next runner')
  await lossy.answered(2)
  context.mock.timers.tick(renewalMs)
  await lossy.answered(4)

  assert.ok(isFor(lossy, 'the next runner'), lossy.owner())
  await lease.free()
  assert.equal(lossy.owner(), undefined)
})

test('a slot whose last renewal has no answer is freed all the same', async (context) => {
  const lossy = await openSlots(context)
  const lease = await lossy.one()
  lossy.fates = [answerLost]

  lease.holdFor(runner)
  await lease.free()

  assert.equal(lossy.owner(), undefined)
})

test('a database that is away for longer than a lease takes the slot from nobody', async (context) => {
  const lossy = await openSlots(context)
  const lease = await lossy.one()
  lease.onLost = () => assert.fail('It is still ours.')
  const now = performance.now.bind(performance)
  context.mock.method(performance, 'now', () => now() + 60_000)
  lossy.fates = Array.from({ length: 6 }, () => away)

  for (let tries = 1; tries <= 6; tries += 1) {
    context.mock.timers.tick(renewalMs)
    await lossy.answered(tries)
  }
  lease.holdFor(runner)
  await lossy.answered(7)

  assert.ok(isFor(lossy, runner), lossy.owner())
  await lease.free()
})

test('a slot that another has by now is lost, and left alone', async (context) => {
  const lossy = await openSlots(context)
  const lease = await lossy.one()
  const lost = new Promise<void>((resolve) => {
    lease.onLost = resolve
  })
  const theirs = { name, limit: 1, owner: 'another', leaseSeconds: 30, isDead: () => true, isAtWork: () => false }
  assert.equal(await lossy.real.take(theirs), 0)

  context.mock.timers.tick(renewalMs)
  await lost
  await lease.free()

  assert.equal(lossy.owner(), 'another')
})

test('slots are freed when the rest cannot be asked for', async (context) => {
  const lossy = await openSlots(context)
  let asked = 0
  const slots: WorkerSlots = {
    ...lossy.slots,
    take: (request) => {
      asked += 1
      return asked === 2 ? Promise.reject(new Error('The database is away.')) : lossy.real.take(request)
    },
  }

  await assert.rejects(takeSlots(slots, { name, count: 2 }), /is away/)

  assert.equal(lossy.owner(), undefined)
})
