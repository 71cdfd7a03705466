import assert from 'node:assert/strict'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue } from '../../src/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

test('a worker ends when the database has not answered for five minutes, and not before', async () => {
  using folder = temporaryFolder()
  const connection = sqlite(join(folder.path, 'queue.sqlite'), { retryAfter: 90 })
  const failure = new Error('nobody there')
  const failedAt: number[] = []
  // Before the worker looks at the clock, who hears of the failure does so after it.
  let askedAt: number | undefined
  const exchange = () => {
    askedAt ??= performance.now()
    return Promise.reject(failure)
  }
  const failing = wrappedConnection(connection, { exchange })
  await using queue = createQueue({ connection: failing })
  await queue.migrate()
  hurryClock(500)
  queue.on('workerError', () => failedAt.push(performance.now()))

  await assert.rejects(queue.worker({ memory: 0 }).run(), failure)

  const lasted = failedAt.slice(1).map((at) => (at - (askedAt ?? at)) / 60_000)
  assert.ok(lasted.length > 0, 'it ended with the first failure')
  assert.ok((lasted.at(-1) ?? 0) > 5, `it ended after ${lasted.at(-1)} minutes`)
  assert.ok(
    lasted.slice(0, -1).every((minutes) => minutes <= 10),
    `it went on for ${lasted.join()} minutes`,
  )
})

/** So many times as fast, so that a minute is over soon. */
function hurryClock(times: number): void {
  const now = performance.now.bind(performance)
  const startedAt = now()
  mock.method(performance, 'now', () => startedAt + (now() - startedAt) * times)
}
