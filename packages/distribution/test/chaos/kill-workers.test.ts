import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killWorkers } from './kill-workers.ts'

test('stores whose worker was killed in the middle of the copy hold every product once', async () => {
  const report = await killWorkers({ stores: 3, products: 10_000 })

  assert.equal(report.heldAfterKill.length, 3)
  assert.ok(
    report.heldAfterKill.every((held) => held > 0 && held < 10_000),
    JSON.stringify(report),
  )
})
