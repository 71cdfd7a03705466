import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createQueue, defineJob, InvalidOptionError } from '../../src/index.ts'
import { connectionKinds, serverKinds, workedKinds } from '../support/connections.ts'

const plain = defineJob<string>('Plain', {}, () => undefined)
const unique = defineJob<string>('Unique', { unique: { id: String } }, () => undefined)
const step = defineJob<{ n: number }>('App\\Jobs\\Step', { php: { properties: { n: {} } } }, () => undefined)
const jobs = [plain, unique, step]

for (const kind of connectionKinds) {
  describe(`a dispatch with a key on ${kind.name}`, () => {
    test('is written once, also when the job has ended before the second', async () => {
      await using opened = await kind.open()
      const ran: string[] = []
      const job = defineJob<string>('Plain', {}, (name) => void ran.push(name))
      const queue = createQueue({ connection: opened.connection, jobs: [job] })
      const skipped: string[] = []
      queue.on('jobSkipped', ({ uuid }) => skipped.push(uuid))

      const first = await queue.dispatch(job, 'a', { key: 'order 1' })
      await queue.worker({ stopWhenEmpty: true }).run()
      const second = await queue.dispatch(job, 'a', { key: 'order 1' })
      const other = await queue.dispatch(job, 'b', { key: 'ORDER 1' })
      await queue.worker({ stopWhenEmpty: true }).run()

      assert.deepEqual(ran, ['a', 'b'])
      assert.deepEqual([first.isSkipped, second.isSkipped, other.isSkipped], [undefined, true, undefined])
      assert.deepEqual(skipped, [second.uuid])
    })

    test('must have a text for its key, which may be a long one', async () => {
      await using opened = await kind.open()
      const queue = createQueue({ connection: opened.connection, jobs })

      await assert.rejects(queue.dispatch(plain, 'a', { key: '' }), InvalidOptionError)
      await queue.dispatch(plain, 'a', { key: 'ñ'.repeat(10_000) })

      assert.equal((await queue.dispatch(plain, 'a', { key: 'ñ'.repeat(10_000) })).isSkipped, true)
    })
  })
}

for (const kind of workedKinds) {
  describe(`a key on ${kind.name}`, () => {
    test('stands for all jobs of one pushMany, and for a batch', async () => {
      await using opened = await kind.open()
      const queue = createQueue({ connection: opened.connection, jobs })
      const members = [1, 2].map((n) => ({ job: step, data: { n } }))

      await queue.pushMany(plain, ['a', 'b'], { key: 'many' })
      const many = await queue.pushMany(plain, ['a', 'b'], { key: 'many' })
      const { id } = await queue.dispatchBatch(members, { key: 'batch' })
      const batch = await queue.dispatchBatch(members, { key: 'batch' })

      assert.deepEqual(
        many.map(({ isSkipped }) => isSkipped),
        [true, true],
      )
      assert.equal(batch.isSkipped, true)
      assert.equal((await queue.size()).pending, 4)
      assert.deepEqual(await queue.failedInBatch(id), [])
      assert.equal(await queue.failedInBatch(batch.id), undefined)
    })

    test('is not used up by a unique job that another one keeps out', async () => {
      await using opened = await kind.open()
      const queue = createQueue({ connection: opened.connection, jobs })
      await queue.dispatch(unique, 'a')

      const keptOut = await queue.dispatch(unique, 'a', { key: 'order 1' })
      await queue.worker({ stopWhenEmpty: true }).run()
      const again = await queue.dispatch(unique, 'a', { key: 'order 1' })

      assert.deepEqual([keptOut.isSkipped, again.isSkipped], [true, undefined])
      assert.equal((await queue.size()).pending, 1)
    })

    test('lets one of many dispatches at once through', async () => {
      await using opened = await kind.open()
      const queue = createQueue({ connection: opened.connection, jobs })

      const dispatched = await Promise.all(
        Array.from({ length: 10 }, () => queue.dispatch(plain, 'a', { key: 'order 1' })),
      )

      assert.equal(dispatched.filter(({ isSkipped }) => !isSkipped).length, 1)
      assert.equal((await queue.size()).pending, 1)
    })
  })
}

for (const kind of serverKinds) {
  test(`a key on ${kind.name} is free again after a day, and what is left of it goes away by and by`, async () => {
    await using database = await kind.server.createDatabase()
    await using queue = createQueue({ connection: kind.connect(database), jobs })
    await queue.migrate()
    const keys = Array.from({ length: 20 }, (_, n) => `old ${n}`)
    for (const key of keys) await queue.dispatch(plain, 'a', { key })
    await database.query('update cache_locks set expiration = expiration - 86401')
    const countExpired = async () =>
      (await database.query('select expiration from cache_locks')).filter(
        ({ expiration }) => Number(expiration) < Date.now() / 1000,
      ).length

    const again = await queue.dispatch(plain, 'a', { key: 'old 0' })
    // One dispatch in fifty looks.
    for (let n = 0; n < 2_000 && (await countExpired()) > 0; n += 1)
      await queue.dispatch(plain, 'a', { key: `new ${n}` })

    assert.equal(again.isSkipped, undefined)
    assert.equal(await countExpired(), 0)
  })
}
