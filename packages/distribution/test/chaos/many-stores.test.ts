import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { bedDrivers } from '../support/bed-place.ts'
import { launcherFlags } from '../support/launcher-flags.ts'

const plan = {
  registered: 1_000,
  real: 30,
  products: 30,
  concurrency: 4,
  mostOpen: 6,
  pagesAtOnce: 12,
  betweenPagesMs: 50,
}

/** As `./surtidor` starts Node; a process of its own, because its memory is measured. */
const asSurtidor = [...launcherFlags, join(import.meta.dirname, 'many-stores.ts')]

for (const driver of bedDrivers)
  test(`thirty stores on ${driver} are stocked with few connections and little memory, and none has a row of another`, async () => {
    const words = [...asSurtidor, `--driver=${driver}`, `--plan=${JSON.stringify(plan)}`]
    const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 240_000 })

    const report = JSON.parse(stdout)
    assert.deepEqual([report.stores, report.copied, report.foreignRows], [30, 900, 0], stdout)
    assert.ok(report.connections > 0 && report.connections <= plan.mostOpen + 2, stdout)
    assert.ok(report.megabytes <= 250 && report.pages > 0, stdout)
  })
