import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
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
  record.renewed()
  record.hold([job], () => [])
  record.letGo([job])
  record.hasExited()
  closeSync(other)

  assert.equal(readFileSync(join(folder.path, 'other')).length, 0)
})
