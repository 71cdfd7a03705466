import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { findRun, latestRun, listRuns, startRun, UnknownStoreError } from './runs.ts'

test('while a run is active, starting again answers it and dispatches no second job', async () => {
  await using bed = await TestBed.open()
  const { companyId, runId } = await bed.register()

  const runs = await Promise.all([startRun(bed, companyId), startRun(bed, companyId), startRun(bed, companyId)])

  assert.deepEqual(new Set(runs.map(({ id }) => id)), new Set([runId]))
  assert.equal((await bed.queue.jobs()).length, 1)
})

for (const driver of bedDrivers)
  test(`several who start a copy at once get one run and one job on ${driver}`, async () => {
    await using bed = await TestBed.open(driver)
    const { companyId } = await bed.register()
    await bed.queue.worker({ stopWhenEmpty: true }).run()

    const runs = await Promise.all([1, 2, 3, 4].map(() => startRun(bed, companyId)))

    assert.equal(new Set(runs.map(({ id }) => id)).size, 1)
    assert.equal((await bed.queue.jobs()).length, 1)
  })

test('an active run whose job was cleared from the queue does not block its store', async () => {
  await using bed = await TestBed.open()
  const { companyId, runId } = await bed.register()
  await bed.queue.clear()

  const run = await startRun(bed, companyId)
  await bed.queue.worker({ stopWhenEmpty: true }).run()

  assert.ok(run.id > runId)
  assert.equal((await findRun(bed.central, runId))?.state, 'failed')
  assert.equal((await findRun(bed.central, run.id))?.state, 'completed')
})

test('after a run has ended, starting again makes a new one with a job of its own', async () => {
  await using bed = await TestBed.open()
  const { companyId, runId } = await bed.register()
  await bed.queue.worker({ stopWhenEmpty: true }).run()

  const run = await startRun(bed, companyId)

  assert.ok(run.id > runId)
  assert.equal(run.state, 'pending')
  assert.deepEqual(await latestRun(bed.central, companyId), run)
  assert.deepEqual(
    (await listRuns(bed.central, { limit: 10 })).map(({ id }) => id),
    [run.id, runId],
  )
  assert.equal((await bed.queue.jobs()).length, 1)
})

test('unknown stores and runs are said to be unknown', async () => {
  await using bed = await TestBed.open()

  await assert.rejects(
    startRun(bed, 77),
    (error) => error instanceof UnknownStoreError && /tienda 77/.test(error.text.es),
  )
  assert.equal(await findRun(bed.central, 77), undefined)
  assert.equal(await latestRun(bed.central, 77), undefined)
  assert.equal((await bed.queue.jobs()).length, 0)
})
