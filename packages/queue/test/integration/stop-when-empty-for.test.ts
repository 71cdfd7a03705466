import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createQueue, defineJob } from '../../src/index.ts'
import { workedKinds } from '../support/connections.ts'

for (const kind of workedKinds) {
  test(`a worker ends once nothing ran for so long, and a job begins the time anew, on ${kind.name}`, async () => {
    await using opened = await kind.open()
    const job = defineJob<string>('Job', {}, () => undefined)
    const queue = createQueue({ connection: opened.connection, jobs: [job] })
    const startedAt = performance.now()
    const running = queue.worker({ stopWhenEmptyFor: 1, sleep: 60 }).run()
    await wait(600)
    await queue.dispatch(job, 'x')

    const result = await running

    const tookMs = performance.now() - startedAt
    assert.deepEqual(result, { reason: 'empty_for', processed: 1, exitCode: 0 })
    assert.ok(tookMs >= 1_600 && tookMs < 4_000, `it took ${tookMs} ms`)
  })
}

test('a job that runs longer does not end the worker, nor keep it busy while it waits', async () => {
  await using opened = await openSqlite()
  const job = defineJob<number>('Job', {}, async (ms) => void (await wait(ms)))
  const queue = createQueue({ connection: opened.connection, jobs: [job] })
  await queue.dispatch(job, 1_500)
  const before = process.cpuUsage()

  const running = queue.worker({ stopWhenEmptyFor: 0.2, concurrency: 2 }).run()
  await wait(700)
  await queue.dispatch(job, 0)
  const { reason, processed } = await running

  const { user, system } = process.cpuUsage(before)
  assert.deepEqual([reason, processed], ['empty_for', 2])
  assert.ok((user + system) / 1000 < 1_000, `${(user + system) / 1000} ms of the processor`)
})

function openSqlite() {
  const kind = workedKinds.find(({ name }) => name === 'sqlite')
  assert.ok(kind)
  return kind.open()
}
