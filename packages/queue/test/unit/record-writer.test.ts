import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RecordUnwritableError } from '../../src/errors.ts'
import { RecordWriter } from '../../src/supervisor/record-writer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const header = { version: 1, runner: '', parent: '', database: '', retryAfterSeconds: 90, slots: 1 } as const

test('a record that is closed writes nothing into the file that has its number now', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'record')
  writeFileSync(path, '')
  const record = new RecordWriter(path, header)
  const job = { id: '1', attempts: 1, queue: 'default', payload: '', forgiven: 0, crashes: 0 }
  record.run(job, 0, () => undefined)

  record[Symbol.dispose]()
  const other = openSync(join(folder.path, 'other'), 'a')
  record.hold([job], () => [])
  record.letGo([job])
  record.hasExited()
  closeSync(other)

  assert.equal(readFileSync(join(folder.path, 'other')).length, 0)
})

test('a record for which there is no room is refused', () => {
  assert.throws(() => new RecordWriter('/dev/full', header), RecordUnwritableError)
})

// A device can be written and, as a disk that went bad, not be cut.
test('a record whose log cannot be cut does not keep its worker from holding jobs', () => {
  using record = new RecordWriter('/dev/null', header)
  const jobs = Array.from({ length: 60_000 }, (_, number) => ({ id: String(number), attempts: 1 }))

  record.hold(jobs, () => jobs)
  record.letGo(jobs)
  record.hold(jobs, () => jobs)
})
