import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { eventually } from '../../queue/test/support/eventually.ts'
import { WorkerProcess } from './worker-process.ts'

test('a worker that cannot be forked is tried again until it can, and then stops when told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'surtidor-worker-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const cliPath = join(folder, 'worker.mjs')
  writeFileSync(cliPath, 'process.on("disconnect", () => process.exit())')
  const events: { readonly event: string; readonly worker?: number }[] = []
  const log = pino({}, { write: (line) => void events.push(JSON.parse(line)) })
  const node = process.execPath
  t.after(() => {
    process.execPath = node
  })

  process.execPath = join(folder, 'no-node-here')
  const worker = new WorkerProcess(cliPath, log)
  await eventually(() => events.length >= 1)
  process.execPath = node
  const started = await eventually(() => events.find(({ event }) => event === 'worker_start'))
  await worker.stop()

  assert.equal(events[0]?.event, 'worker_exit')
  assert.throws(() => process.kill(started.worker ?? 0, 0), { code: 'ESRCH' })
})

test('a worker that never started is stopped at once', async (t) => {
  const node = process.execPath
  t.after(() => {
    process.execPath = node
  })
  process.execPath = join(tmpdir(), 'no-node-here')

  await new WorkerProcess('worker.mjs', pino({ enabled: false })).stop()
})
