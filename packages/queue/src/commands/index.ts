import type { Command } from './command.ts'
import type { QueueCommandHost } from './host.ts'
import { queueClearCommand } from './queue-clear.ts'
import { queueFailedCommand } from './queue-failed.ts'
import { queueFlushCommand } from './queue-flush.ts'
import { queueForgetCommand } from './queue-forget.ts'
import { queuePauseCommand, queueResumeCommand } from './queue-pause.ts'
import { queueRestartCommand } from './queue-restart.ts'
import { queueRetryCommand } from './queue-retry.ts'
import { queueWorkCommand } from './queue-work.ts'

export {
  type Command,
  type CommandArgument,
  CommandError,
  type CommandInput,
  type CommandOption,
  type Locale,
  type Terminal,
  type Text,
  UsageError,
} from './command.ts'
export { writeDotted, writeInfo, writeProblem } from './console.ts'
export { errorText } from './error-text.ts'
export type { QueueCommandHost } from './host.ts'
export type { Program } from './program.ts'
export { runCommand } from './run-command.ts'
export { processTerminal } from './terminal.ts'

/** Laravel's `queue:*` commands for a program's queue. */
export function queueCommands(host: QueueCommandHost): readonly Command[] {
  return [
    queueWorkCommand(host),
    queueFailedCommand(host),
    queueRetryCommand(host),
    queueForgetCommand(host),
    queueFlushCommand(host),
    queueClearCommand(host),
    queueRestartCommand(host),
    queuePauseCommand(host),
    queueResumeCommand(host),
  ]
}
