import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createQueue, sync } from '@surtidor/queue'
import { RecordFolder } from '@surtidor/queue/supervisor'
import { pino } from 'pino'
import { eventually } from '../../queue/test/support/eventually.ts'
import { KeptWorker } from './kept-worker.ts'

test('a worker that cannot be started is tried again until it can, and then stops when told', async (t) => {
  const folder = temporaryFolder(t)
  const cliPath = join(folder, 'worker.mjs')
  writeFileSync(cliPath, 'process.on("disconnect", () => process.exit())')
  const events: { readonly event: string; readonly worker?: number }[] = []
  const log = pino({}, { write: (line) => void events.push(JSON.parse(line)) })
  const restoreNode = hideNode(t, folder)

  const worker = new KeptWorker({ ...settings(folder), cliPath, log })
  await eventually(() => events.length >= 1)
  restoreNode()
  const started = await eventually(() => events.find(({ event }) => event === 'worker_start'))
  await worker.stop()

  assert.equal(events[0]?.event, 'worker_exit')
  assert.throws(() => process.kill(started.worker ?? 0, 0), { code: 'ESRCH' })
})

test('a worker that never started is stopped at once', async (t) => {
  const folder = temporaryFolder(t)
  hideNode(t, folder)

  await new KeptWorker({ ...settings(folder), cliPath: 'worker.mjs', log: pino({ enabled: false }) }).stop()
})

function settings(folder: string) {
  return { queue: createQueue({ connection: sync() }), folder: new RecordFolder(join(folder, 'records')) }
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'surtidor-worker-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Nothing can be started until the answer is called, or the test ends. */
function hideNode(t: TestContext, folder: string): () => void {
  const node = process.execPath
  const restore = () => {
    process.execPath = node
  }
  t.after(restore)
  process.execPath = join(folder, 'no-node-here')
  return restore
}
