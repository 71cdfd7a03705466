import { z } from 'zod'
import { lastPossibleId } from '../database/last-possible-id.ts'

/** What the job carries: ids only, never names or addresses of people. */
export interface CopyRequest {
  readonly companyId: number
  /** The run that the job carries; absent in a job that was made by hand or by the original application. */
  readonly runId?: number
  /** The distributor; when given it must be the company's own. */
  readonly tenantId?: string | null
}

/** The name under which the original application dispatches the job, and which `grep` finds in the log. */
export const copyJobName = 'CopyProductsToClientJob'

/** The class of the original application: its jobs, in the tables that both share, stock stores too. */
export const laravelCopyJobName = `App\\Jobs\\${copyJobName}`

export const copyRequestSchema = z.object({
  companyId: z.int().positive().max(lastPossibleId),
  runId: z.int().positive().max(lastPossibleId).exactOptional(),
  tenantId: z.string().min(1).max(36).nullable().exactOptional(),
})
