import type { FailedJob } from '../connection.ts'
import { allFailed } from '../failed-pages.ts'
import { describePayload } from '../laravel/payload.ts'
import type { Queue } from '../queue.ts'
import type { Command, Terminal, Text } from './command.ts'
import { printable, writeInfo, writeTwoColumns } from './console.ts'
import type { QueueCommandHost } from './host.ts'
import { toLaravelJson } from './laravel-json.ts'

/** `queue:failed [--json] [-v]`: one line per failed job, newest first; with `-v` its cause below, which Laravel's does not tell. */
export function queueFailedCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:failed',
    summary: { es: 'Lista los trabajos fallidos', en: 'List all of the failed queue jobs' },
    options: {
      json: { kind: 'flag', summary: { es: 'Escribe una lista de JSON', en: 'Output the failed jobs as JSON' } },
    },
    async run(input, terminal) {
      await using program = await host.open()
      const { queue } = program
      if (input.flag('json')) return await printAsJson(queue, terminal)
      if ((await queue.countFailed()) === 0) {
        writeInfo(terminal, noFailedJobs[terminal.locale])
        return 0
      }
      terminal.write('')
      for await (const job of allFailed((page) => queue.failed(page))) {
        printFailed(job, terminal)
        if (input.global.verbosity > 0) terminal.write(`    ${causeOf(job)}`)
      }
      terminal.write('')
      return 0
    },
  }
}

const noFailedJobs: Text = { es: 'No hay trabajos fallidos.', en: 'No failed jobs found.' }

function printFailed(job: FailedJob, terminal: Terminal): void {
  const { name } = describePayload(job.payload)
  writeTwoColumns(terminal, `${job.failedAt} ${job.uuid}`, `${job.connection}@${job.queue} ${name}`)
}

/** The name and the message of the error; its stack is in the table. */
function causeOf({ exception }: FailedJob): string {
  const [line = ''] = exception.split('\n')
  return printable(line.trimEnd())
}

/** A list of one line per job: it need not be held, and can be read line by line. */
async function printAsJson(queue: Queue, terminal: Terminal): Promise<number> {
  let line = '['
  for await (const job of allFailed((page) => queue.failed(page))) {
    terminal.write(line === '[' ? line : `${line},`)
    line = toLaravelJson(describeFailed(job))
  }
  terminal.write(line === '[' ? '[]' : `${line}\n]`)
  return 0
}

function describeFailed({ uuid, connection, queue, payload, failedAt }: FailedJob) {
  return { id: uuid, connection, queue, class: describePayload(payload).name, failed_at: failedAt }
}
