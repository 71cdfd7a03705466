import type { Command } from './command.ts'
import type { QueueCommandHost } from './host.ts'
import { queueClearCommand } from './queue-clear.ts'
import { queueFailedCommand } from './queue-failed.ts'
import { queueFlushCommand } from './queue-flush.ts'
import { queueForgetCommand } from './queue-forget.ts'
import { queueListenCommand } from './queue-listen.ts'
import { queueMonitorCommand } from './queue-monitor.ts'
import { queuePauseCommand, queueResumeCommand } from './queue-pause.ts'
import { queuePruneBatchesCommand } from './queue-prune-batches.ts'
import { queuePruneFailedCommand } from './queue-prune-failed.ts'
import { queueRestartCommand } from './queue-restart.ts'
import { queueRetryCommand } from './queue-retry.ts'
import { queueRetryBatchCommand } from './queue-retry-batch.ts'
import { queueTableCommands } from './queue-tables.ts'
import { queueWorkCommand } from './queue-work.ts'

export {
  type Command,
  type CommandArgument,
  CommandError,
  type CommandInput,
  type CommandOption,
  type GlobalOptions,
  type Locale,
  type Terminal,
  type Text,
  UsageError,
} from './command.ts'
export { writeDotted, writeInfo, writeProblem, writeTwoColumns } from './console.ts'
export { errorText } from './error-text.ts'
export type { QueueCommandHost } from './host.ts'
export { outliveOutput } from './outlive-output.ts'
export type { Program } from './program.ts'
export { runCommand } from './run-command.ts'
export { processTerminal } from './terminal.ts'

/** Laravel's `queue:*` commands for a program's queue. */
export function queueCommands(host: QueueCommandHost): readonly Command[] {
  return [
    queueWorkCommand(host),
    queueListenCommand(host),
    queueMonitorCommand(host),
    queueFailedCommand(host),
    queueRetryCommand(host),
    queueRetryBatchCommand(host),
    queueForgetCommand(host),
    queueFlushCommand(host),
    queuePruneFailedCommand(host),
    queuePruneBatchesCommand(host),
    queueClearCommand(host),
    queueRestartCommand(host),
    queuePauseCommand(host),
    queueResumeCommand(host),
    ...queueTableCommands(),
  ]
}
