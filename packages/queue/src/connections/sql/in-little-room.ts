import type { ClaimRequest } from '../../connection.ts'
import { DatabaseUnusableError } from '../../errors.ts'

/**
 * Claims as many as are wanted, on a full disk one: a claim writes large payloads anew, and where many of them have no room
 * one job may still be claimed, and end, and leave its room to the next.
 */
export async function inLittleRoom<Claimed>(
  request: ClaimRequest,
  claim: (request: ClaimRequest) => Promise<Claimed>,
): Promise<Claimed> {
  try {
    return await claim(request)
  } catch (error) {
    const isDiskFull = error instanceof DatabaseUnusableError && error.problem === 'disk_full'
    if (!isDiskFull || request.limit === 1) throw error
    return claim({ ...request, limit: 1 })
  }
}
