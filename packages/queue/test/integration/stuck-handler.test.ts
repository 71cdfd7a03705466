import assert from 'node:assert/strict'
import { linkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, defineJob } from '../../src/index.ts'
import { RecordFolder } from '../../src/supervisor/record-folder.ts'
import { readLive } from '../../src/supervisor/record-reader.ts'
import { RecordWriter } from '../../src/supervisor/record-writer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a handler that goes on after its timeout stays in its record, also when its job has failed and its hook has ended', async () => {
  using folder = temporaryFolder()
  const hooked: string[] = []
  const job = defineJob(
    'Stuck',
    { tries: 1, timeout: 1, onFailed: (_data, _error, { uuid }) => void hooked.push(uuid) },
    () => new Promise<void>(() => undefined),
  )
  await using queue = createQueue({ connection: sqlite(join(folder.path, 'queue.sqlite')), jobs: [job] })
  await queue.migrate()
  const path = new RecordFolder(join(folder.path, 'records')).create()
  // A worker that holds nothing any more removes its record.
  const kept = join(folder.path, 'kept')
  linkSync(path, kept)
  using record = new RecordWriter(path, { ...header, slots: 1 })
  const { uuid } = await queue.dispatch(job, {})

  const { reason } = await queue.worker({ memory: 0 }, record).run()
  await nextTurn()

  assert.deepEqual([reason, hooked], ['timed_out', [uuid]])
  assert.deepEqual(
    readLive(kept)?.runs.map(({ reservation, timeoutSeconds }) => [reservation.id, timeoutSeconds]),
    [['1', 1]],
  )
})

const header = { version: 1, runner: '', parent: '', database: '', retryAfterSeconds: 90 } as const
