import type { FollowUp, NewJob } from '../connection.ts'
import { allowsFailures } from '../laravel/batch-options.ts'
import { type ChainedJob, type ChainSettings, nextInChain } from '../laravel/chain.ts'
import type { PhpCommand } from '../laravel/command.ts'
import type { Encrypter } from '../laravel/encrypter.ts'
import { type Payload, readJobData, readPayload } from '../laravel/payload.ts'

export interface FollowUpSettings extends ChainSettings {
  readonly defaultQueue: string
}

/** Laravel's chains and batches: what follows from the end of a job. Undefined for nearly every job. Throws `InvalidPayloadError` for a chain that cannot be carried on. */
export function followUpOf(
  command: PhpCommand | undefined,
  { uuid, extras }: Pick<Payload, 'uuid' | 'extras'>,
  settings: FollowUpSettings,
): FollowUp | undefined {
  if (!command) return undefined
  const { batchId } = command
  const chained = nextInChain({ command, extras }, settings)
  if (batchId === null && !chained) return undefined
  return {
    ...(chained && { next: newJob(chained, settings.defaultQueue) }),
    ...(batchId !== null && { batch: { batchId, uuid, allowsFailures } }),
  }
}

/** The batch of a job that fails before its handler could be found or its data read. */
export function failedMemberOf(payload: string, uuid: string, encrypter: Encrypter | undefined): FollowUp | undefined {
  try {
    const batchId = readJobData(readPayload(payload), encrypter).command?.batchId
    return batchId ? { batch: { batchId, uuid, allowsFailures } } : undefined
  } catch {
    return undefined
  }
}

function newJob({ payload, queue, due }: ChainedJob, defaultQueue: string): NewJob {
  return { payload, queue: queue ?? defaultQueue, due }
}
