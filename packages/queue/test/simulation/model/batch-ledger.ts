import type { BatchRow, Snapshot } from '../world/snapshot.ts'
import type { StartedCall } from './call.ts'
import type { Change } from './changes.ts'
import { batchOptions, describedIn } from './described-job.ts'
import type { Demand } from './job-ledger.ts'

interface KnownBatch {
  readonly total: number
  readonly allowsFailures: boolean
  readonly done: Set<string>
  /** Failures of its members; one that is retried may fail again. */
  failures: number
  readonly failed: Set<string>
}

/** How the members of each batch ended, told from the rows that left `jobs`, and what its row must say of them. */
export class BatchLedger {
  readonly #batches = new Map<string, KnownBatch>()

  apply(change: Change, call: StartedCall): void {
    if (change.kind === 'batched' && call.verb === 'pushBatch') {
      const [{ id, options }, members] = call.args
      const allowsFailures = options === batchOptions.allowing
      this.#batches.set(id, { total: members.length, allowsFailures, done: new Set(), failures: 0, failed: new Set() })
    }
    if (change.kind === 'removed') this.#ended(describedIn(change.before.payload), call)
  }

  check(snapshot: Snapshot, demand: Demand): void {
    for (const [id, known] of this.#batches) {
      const row = snapshot.batches.get(id)
      if (row) this.#compare(row, known, demand)
    }
  }

  #ended({ uuid, batch }: { readonly uuid: string; readonly batch?: string }, { verb }: StartedCall): void {
    const known = batch === undefined ? undefined : this.#batches.get(batch)
    if (verb === 'conclude') {
      known?.done.add(uuid)
      known?.failed.delete(uuid)
    }
    if (known && verb === 'fail') {
      known.failures += 1
      known.failed.add(uuid)
    }
  }

  #compare(row: BatchRow, { total, allowsFailures, done, failures, failed }: KnownBatch, demand: Demand): void {
    const pending = total - done.size
    const isCancelled = failures > 0 && !allowsFailures
    demand(row.pending_jobs === pending, `${row.id} has ${pending} members to end, and says ${row.pending_jobs}`)
    demand(row.failed_jobs === failures, `${row.id} had ${failures} failures, and says ${row.failed_jobs}`)
    const said: unknown = JSON.parse(row.failed_job_ids)
    demand(
      JSON.stringify(said) === JSON.stringify([...failed]),
      `${row.id} names other failed members: ${row.failed_job_ids}`,
    )
    demand((row.finished_at !== null) === (pending === 0 || isCancelled), `${row.id} is finished at a wrong moment`)
    demand((row.cancelled_at !== null) === isCancelled, `${row.id} is cancelled at a wrong moment`)
  }
}
