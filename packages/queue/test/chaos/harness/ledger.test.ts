import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { Ledger, ledgerPath, readLedgers } from './ledger.ts'

test('a line whose end is still being written is read the next time', () => {
  using folder = temporaryFolder()
  using ledger = new Ledger(folder.path, 'worker')
  ledger.write({ event: 'start', uuid: 'a', attempt: 1 })
  const read = () => readLedgers(folder.path).map(({ event }) => event)
  const path = ledgerPath(folder.path, 'worker', process.pid)

  appendFileSync(path, '{"event":"end","uuid":"a","att')
  assert.deepEqual(read(), ['start'])

  appendFileSync(path, 'empt":1,"how":"returned","t":1e12,"pid":1}\n')
  assert.deepEqual(read(), ['start', 'end'])
})
