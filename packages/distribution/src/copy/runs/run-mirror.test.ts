import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comesTrue } from '../../../../queue/test/support/eventually.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { atBeginning, type Receipt } from '../pages/receipt.ts'
import { pauseRun } from './run-actions.ts'
import { startAttempt } from './run-attempts.ts'
import { RunMirror } from './run-mirror.ts'

test('what a copy has done is seen soon, whether or not it does more', async () => {
  await using bed = await TestBed.open()
  const { mirror, receipt, total } = await runningCopy(bed)

  mirror.show(receipt)

  assert.ok(await comesTrue(async () => (await total()) === receipt.total, 10))
  await mirror.settle()
})

test('what is over before anybody saw it is not shown behind its end', async () => {
  await using bed = await TestBed.open()
  const { mirror, receipt, total } = await runningCopy(bed)
  mirror.show(receipt)

  await mirror.settle()

  const later = await runningCopy(bed)
  later.mirror.show(later.receipt)
  // The one that was asked for later has come.
  assert.ok(await comesTrue(async () => (await later.total()) === later.receipt.total, 10))
  await later.mirror.settle()
  assert.equal(await total(), null)
})

test('an attempt that was overtaken hears of it by what it shows next', async () => {
  await using bed = await TestBed.open()
  const { mirror, receipt, companyId, jobUuid } = await runningCopy(bed)
  await startAttempt(bed, { companyId }, jobUuid)
  mirror.show(receipt)

  const shows = () => {
    mirror.show(receipt)
    return false
  }

  await assert.rejects(comesTrue(shows, 10), { code: 'LEASE_LOST' })
  await assert.rejects(mirror.settle(), { code: 'LEASE_LOST' })
})

test('the page that was written beside a pause is counted', async () => {
  await using bed = await TestBed.open()
  const { mirror, receipt, runId } = await runningCopy(bed)
  await pauseRun(bed.central, runId)
  let copied = 0
  const shows = () => {
    copied += 1
    mirror.show({ ...receipt, copied })
    return false
  }
  await assert.rejects(comesTrue(shows, 10), { code: 'RUN_STOPPED' })

  await mirror.showRest()

  const run = await bed.run(runId)
  assert.deepEqual([run.state, run.copied], ['paused', copied])
})

test('what is noted is shown with the rest only', async () => {
  await using bed = await TestBed.open()
  const { mirror, receipt, total } = await runningCopy(bed)

  mirror.note(receipt)
  const later = await runningCopy(bed)
  later.mirror.show(later.receipt)
  // The one that was asked for later has come.
  assert.ok(await comesTrue(async () => (await later.total()) === later.receipt.total, 10))
  await later.mirror.settle()
  const before = await total()
  await mirror.showRest()

  assert.deepEqual([before, await total()], [null, receipt.total])
})

async function runningCopy(bed: TestBed) {
  const { companyId, runId } = await bed.register()
  const { jobUuid } = await bed.run(runId)
  const attempt = await startAttempt(bed, { companyId }, jobUuid)
  if (!attempt) throw new Error('the run was not there to be started')
  const counts = { ...atBeginning, run_id: runId, company_id: companyId, epoch: 1, max_source_id: 9, total: 9 }
  const receipt = counts as unknown as Receipt
  const total = async () => (await bed.run(runId)).total
  return { companyId, runId, jobUuid, mirror: new RunMirror(bed.central, attempt), receipt, total }
}
