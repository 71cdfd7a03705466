import type { Transaction } from '@surtidor/queue'
import type { RunDependencies, RunProgress } from './runs.ts'

export type DispatchDependencies = Omit<RunDependencies, 'central' | 'stores'>

/**
 * Dispatches the job that carries a run in the caller's transaction. The job names its run: when that has another job by
 * then, it does nothing.
 */
export async function dispatchRun(
  { queue, copyProducts, log }: DispatchDependencies,
  tx: Transaction,
  run: Pick<RunProgress, 'id' | 'companyId' | 'jobUuid'> & { readonly distributorId: string },
): Promise<void> {
  const { id: runId, companyId, distributorId: tenantId, jobUuid: uuid } = run
  await queue.dispatch(copyProducts, { companyId, tenantId, runId }, { tx, uuid })
  const facts = { job: copyProducts.name, event: 'dispatched', run: runId, company: companyId, uuid }
  tx.afterCommit(() => log?.info(facts, `${copyProducts.name} en cola`))
}
