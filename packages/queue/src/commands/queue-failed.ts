import type { FailedJob } from '../connection.ts'
import { describePayload } from '../laravel/payload.ts'
import type { Queue } from '../queue.ts'
import type { Command, Terminal, Text } from './command.ts'
import { writeDotted, writeInfo } from './console.ts'
import type { QueueCommandHost } from './host.ts'

/** `queue:failed`: one line per failed job, newest first. */
export function queueFailedCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:failed',
    summary: { es: 'Lista los trabajos fallidos', en: 'List all of the failed queue jobs' },
    async run(_input, terminal) {
      await using program = await host.open()
      const { queue } = program
      if ((await queue.countFailed()) === 0) {
        writeInfo(terminal, noFailedJobs[terminal.locale])
        return 0
      }
      terminal.write('')
      for await (const job of allFailed(queue)) printFailed(job, terminal)
      terminal.write('')
      return 0
    },
  }
}

const noFailedJobs: Text = { es: 'No hay trabajos fallidos.', en: 'No failed jobs found.' }

const pageSize = 500

/** Page by page: a table of failures may be larger than the memory. */
async function* allFailed(queue: Queue): AsyncGenerator<FailedJob> {
  for (let offset = 0; ; offset += pageSize) {
    const jobs = await queue.failed({ limit: pageSize, offset })
    yield* jobs
    if (jobs.length < pageSize) return
  }
}

function printFailed(job: FailedJob, terminal: Terminal): void {
  const { name } = describePayload(job.payload)
  writeDotted(terminal, `${job.failedAt} ${job.uuid}`, `${job.connection}@${job.queue} ${name}`)
}
