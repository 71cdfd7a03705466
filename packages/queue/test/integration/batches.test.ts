import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createQueue, defineJob, InvalidOptionError } from '../../src/index.ts'
import { connectionKinds } from '../support/connections.ts'

for (const kind of connectionKinds) {
  describe(`a batch on ${kind.name}`, () => {
    test('has its members, which tell it, and counts them until all have ended', async () => {
      await using opened = await kind.open()
      const ran: number[] = []
      const job = defineJob<{ n: number }>('App\\Jobs\\Step', { php: { properties: { n: {} } } }, ({ n }) => {
        ran.push(n)
      })
      const queue = createQueue({ connection: opened.connection, jobs: [job] })
      const members = [1, 2, 3].map((n) => ({ job, data: { n } }))

      const { id, jobs } = await queue.dispatchBatch(members, { queue: 'steps', name: 'Pasos' })
      const waiting = await queue.jobs()
      await queue.worker({ queues: ['steps'], stopWhenEmpty: true }).run()

      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
      assert.equal(jobs.length, 3)
      assert.deepEqual(ran, [1, 2, 3])
      if (kind.name !== 'sync') {
        assert.ok(waiting.every(({ payload, queue: name }) => payload.includes(id) && name === 'steps'))
        assert.deepEqual(await queue.failedInBatch(id), [])
      }
    })
  })
}

test('members that could not tell their batch, none, and too long a name are refused', async () => {
  const [kind] = connectionKinds
  await using opened = await kind?.open()
  assert.ok(opened)
  const string = defineJob('String', {}, () => undefined)
  const job = defineJob('App\\Jobs\\Step', { php: { properties: {} } }, () => undefined)
  const queue = createQueue({ connection: opened.connection, jobs: [string, job] })

  await assert.rejects(queue.dispatchBatch([{ job: string, data: {} }]), InvalidOptionError)
  await assert.rejects(queue.dispatchBatch([]), InvalidOptionError)
  await assert.rejects(queue.dispatchBatch([{ job, data: {} }], { name: 'x'.repeat(256) }), InvalidOptionError)
  assert.deepEqual(await queue.jobs(), [])
})
