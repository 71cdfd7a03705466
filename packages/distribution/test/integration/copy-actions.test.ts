import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cancelRun, pauseRun, resumeRun } from '../../src/copy/runs/run-actions.ts'
import { failRun, startAttempt } from '../../src/copy/runs/run-attempts.ts'
import { RunMoveRefusedError, StoreHasActiveRunError } from '../../src/copy/runs/run-errors.ts'
import { startRun } from '../../src/copy/runs/runs.ts'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

const work = { memory: 0, stopWhenEmpty: true } as const

for (const driver of bedDrivers)
  describe(`pause, resume and cancel on ${driver}`, () => {
    test('no page begins after a pause was answered, and a resumed copy has every product once', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(4_200)
      const copied = await bed.register()

      await bed.copy(copied, { renew: onPage(bed, 1, () => pauseRun(bed.central, copied.runId)) })
      const paused = await bed.run(copied.runId)
      await resumeRun(bed, copied.runId)
      await bed.queue.worker(work).run()

      assert.deepEqual([paused.state, paused.copied, paused.error], ['paused', 1_000, null])
      assert.deepEqual(await pagesOf(bed, copied.runId), 4)
      const run = await bed.run(copied.runId)
      assert.deepEqual([run.state, run.copied, run.total], ['completed', 4_200, 4_200])
      assert.deepEqual(await verdict(bed, run.id), [4_200, 0, 0, 0])
      assert.equal(await bed.queue.countFailed(), 0)
    })

    test('a pause at any moment leaves the page under way as the last one, and whole', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(6_000)
      const copied = await bed.register()
      const pages = () => bed.logged.filter(({ event }) => event === 'page').length
      let pagesAtAnswer: Promise<number> | undefined
      // Nobody waits for the answer: the copy works on meanwhile.
      const pauseBeside = async () => {
        pagesAtAnswer ??= pauseRun(bed.central, copied.runId).then(pages)
      }

      await bed.copy(copied, { renew: pauseBeside })

      const run = await bed.run(copied.runId)
      const written = await pagesOf(bed, copied.runId)
      assert.equal(run.state, 'paused')
      assert.ok(written <= ((await pagesAtAnswer) ?? 0) + 1, `${written} pages`)
      const sizes = driver === 'sqlite' ? [1_000, 2_000, 2_000, 1_000] : [1_000, 2_000, 3_000]
      assert.equal(
        run.copied,
        sizes.slice(0, written).reduce((sum, size) => sum + size, 0),
      )
    })

    test('a pause beside the last page shows all that was copied, and the copy ends when it is resumed', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(900)
      const copied = await bed.register()

      await bed.copy(copied, { renew: onPage(bed, 1, () => pauseRun(bed.central, copied.runId)) })
      const paused = await bed.run(copied.runId)
      await resumeRun(bed, copied.runId)
      await bed.queue.worker(work).run()

      assert.deepEqual([paused.state, paused.copied], ['paused', 900])
      const run = await bed.run(copied.runId)
      assert.deepEqual([run.state, run.copied, run.total], ['completed', 900, 900])
      assert.deepEqual(await verdict(bed, run.id), [900, 0, 0, 0])
    })

    test('a cancelled copy stops, and one of another store goes on to its end', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3_100)
      const [cancelled, other] = [await bed.register(), await bed.register()]

      await Promise.all([
        bed.copy(cancelled, { renew: onPage(bed, 1, () => cancelRun(bed.central, cancelled.runId)) }),
        bed.copy(other),
      ])

      const [first, second] = [await bed.run(cancelled.runId), await bed.run(other.runId)]
      assert.deepEqual([first.state, first.copied, first.finishedAt !== null], ['cancelled', 1_000, true])
      assert.deepEqual([second.state, second.copied], ['completed', 3_100])
    })

    test('a waiting job whose run is paused or cancelled ends without doing anything', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(10)
      const [paused, cancelled] = [await bed.register(), await bed.register()]
      await pauseRun(bed.central, paused.runId)
      await cancelRun(bed.central, cancelled.runId)

      await bed.queue.worker(work).run()

      assert.deepEqual(await bed.queue.jobs(), [])
      for (const [{ runId }, state] of [
        [paused, 'paused'],
        [cancelled, 'cancelled'],
      ] as const) {
        const run = await bed.run(runId)
        assert.deepEqual([run.state, run.total, run.startedAt], [state, null, null])
      }
    })

    test('resuming ten times at once queues one job, also when the first one still waits', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(10)
      const { runId } = await bed.register()
      await pauseRun(bed.central, runId)
      const [old] = await bed.queue.jobs()

      const runs = await Promise.all(Array.from({ length: 10 }, () => resumeRun(bed, runId)))
      const queued = await bed.queue.jobs()
      await bed.queue.worker(work).run()

      assert.equal(new Set(runs.map(({ jobUuid }) => jobUuid)).size, 1)
      assert.deepEqual([old !== undefined, queued.length], [true, 2])
      const run = await bed.run(runId)
      assert.deepEqual([run.state, run.copied], ['completed', 10])
      const all = await bed.central.selectFrom('copy_runs').select('id').execute()
      assert.equal(all.length, 1)
    })

    test('an attempt that meets its run resumed by another job ends, and the new job completes it', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3_100)
      const copied = await bed.register()
      const pauseAndResume = async () => {
        await pauseRun(bed.central, copied.runId)
        await resumeRun(bed, copied.runId)
      }

      await bed.copy(copied, { renew: onPage(bed, 1, pauseAndResume) })
      const waiting = await bed.run(copied.runId)
      await bed.queue.worker(work).run()

      assert.deepEqual([waiting.state, waiting.copied], ['pending', 1_000])
      assert.equal((await bed.run(copied.runId)).state, 'completed')
      assert.deepEqual(await verdict(bed, copied.runId), [3_100, 0, 0, 0])
    })

    test('an attempt whose run another job has completed meanwhile ends well too', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(2_100)
      const copied = await bed.register()
      const completeBeside = async () => {
        await pauseRun(bed.central, copied.runId)
        await resumeRun(bed, copied.runId)
        await bed.queue.worker(work).run()
      }

      await bed.copy(copied, { renew: onPage(bed, 1, completeBeside) })

      const run = await bed.run(copied.runId)
      assert.deepEqual([run.state, run.copied], ['completed', 2_100])
    })

    test('a pause that meets an attempt at its start is never lost', async () => {
      await using bed = await TestBed.open(driver)
      const { runId, companyId } = await bed.register()
      for (let round = 1; round <= 20; round += 1) {
        const { jobUuid } = await bed.run(runId)

        await Promise.all([
          startAttempt(bed, { companyId, runId }, jobUuid),
          startAttempt(bed, { companyId, runId }, jobUuid),
          pauseRun(bed.central, runId),
        ])

        assert.equal((await bed.run(runId)).state, 'paused', `round ${round}`)
        await resumeRun(bed, runId)
      }
    })

    test('a failed copy is resumed by a new job, and the failed one is forgotten', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(10)
      const { runId } = await bed.register()
      await bed.central.updateTable('tenants').set({ db_name: 'NO SIRVE' }).where('kind', '=', 'store').execute()
      await bed.queue.worker(work).run()
      const failed = await bed.run(runId)
      const standing = await bed.queue.countFailed()
      await bed.central.updateTable('tenants').set({ db_name: 'store_of_test' }).where('kind', '=', 'store').execute()

      await resumeRun(bed, runId)
      const left = await bed.queue.countFailed()
      await bed.copy({ runId, companyId: failed.companyId })

      assert.deepEqual([failed.state, standing, left], ['failed', 1, 0])
      const run = await bed.run(runId)
      assert.deepEqual([run.state, run.copied, run.error], ['completed', 10, null])
      assert.notEqual(run.jobUuid, failed.jobUuid)
    })

    test('a copy that ended with errors alone begins anew when it is resumed', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const { runId } = await bed.register()
      await bed.central.updateTable('inv_values').set({ values: -5 }).execute()
      await bed.queue.worker(work).run()
      const failed = await bed.run(runId)
      await bed.central.updateTable('inv_values').set({ values: 5_000 }).execute()

      await resumeRun(bed, runId)
      await bed.queue.worker(work).run()

      const run = await bed.run(runId)
      assert.deepEqual([failed.state, failed.errors], ['failed', 3])
      assert.deepEqual([run.state, run.copied, run.errors, run.error], ['completed', 3, 0, null])
    })

    test('moves that are not legal are refused with the state and the next step', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const copied = await bed.register()
      await bed.copy(copied)
      const moves = [
        () => pauseRun(bed.central, copied.runId),
        () => cancelRun(bed.central, copied.runId),
        () => resumeRun(bed, copied.runId),
      ]
      for (const move of moves)
        await assert.rejects(
          move,
          (error) =>
            error instanceof RunMoveRefusedError &&
            /está completa\. Copie de nuevo con «copy:start 1»/.test(error.text.es),
        )

      const failed = await startRun(bed, copied.companyId)
      await failRun(bed.central, failed.jobUuid, new Error('x'))
      const newer = await startRun(bed, copied.companyId)

      await assert.rejects(pauseRun(bed.central, failed.id), /is failed\. It can be resumed with "copy:resume 2"/)
      await assert.rejects(
        resumeRun(bed, failed.id),
        (error) => error instanceof StoreHasActiveRunError && error.runId === newer.id,
      )
      assert.deepEqual(
        (await Promise.all([pauseRun(bed.central, newer.id), pauseRun(bed.central, newer.id)])).map(
          ({ state }) => state,
        ),
        ['paused', 'paused'],
      )
      assert.equal((await startRun(bed, copied.companyId)).id, newer.id)
    })
  })

/** Does something once, between the page with this number and the next one. */
function onPage(bed: TestBed, page: number, act: () => Promise<unknown>): () => Promise<void> {
  let isDone = false
  return async () => {
    const seen = bed.logged.filter(({ event }) => event === 'page').length
    if (isDone || seen < page) return
    isDone = true
    await act()
  }
}

async function pagesOf(bed: TestBed, runId: number): Promise<number> {
  await using store = await bed.store(runId)
  const { pages } = await store
    .selectFrom('copy_receipts')
    .select('pages')
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow()
  return pages
}

async function verdict(bed: TestBed, runId: number) {
  const result = await verifyRun(bed, await bed.run(runId))
  return [result?.checked, result?.missing, result?.duplicated, result?.altered]
}
