import { LeaseLostError } from '@surtidor/queue'
import type { Kysely } from 'kysely'
import type { CentralTables } from '../../database/central-tables.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { copyJobName } from '../copy-request.ts'
import type { Claim } from '../pages/receipt.ts'
import type { RunState } from './run-state.ts'

/** The attempt is the newest one, and its run shall not go on: somebody has paused or cancelled it. Its job ends well. */
export class RunStoppedError extends Error {
  readonly code = 'RUN_STOPPED'
  readonly state: RunState

  constructor(runId: number, state: RunState) {
    super(`Copy ${runId} is ${state}: its job ends here. Resume the copy when it shall go on.`)
    this.name = 'RunStoppedError'
    this.state = state
  }
}

/**
 * Reads one row, before each page: no page begins after a pause or a cancel was answered. Throws `RunStoppedError` then, and
 * `LeaseLostError` when a newer attempt has the run.
 */
export async function checkAtWork(central: CentralDatabase, attempt: Claim): Promise<void> {
  const refusal = await refusalOf(central, attempt)
  if (refusal) throw refusal
}

/** Why an attempt may write no more; undefined when it may. */
export async function refusalOf(
  db: Kysely<CentralTables>,
  { runId, epoch }: Claim,
): Promise<RunStoppedError | LeaseLostError | undefined> {
  const run = await db.selectFrom('copy_runs').select(['state', 'epoch']).where('id', '=', runId).executeTakeFirst()
  if (run?.epoch !== epoch) return new LeaseLostError(copyJobName)
  return run.state === 'running' ? undefined : new RunStoppedError(runId, run.state)
}

/** True when the run goes on with another job than this one: then this one is done. */
export async function isSuperseded(central: CentralDatabase, { runId }: Claim, jobUuid: string): Promise<boolean> {
  const run = await central.selectFrom('copy_runs').select('job_uuid').where('id', '=', runId).executeTakeFirst()
  return run !== undefined && run.job_uuid !== jobUuid
}
