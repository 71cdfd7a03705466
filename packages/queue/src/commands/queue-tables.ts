import type { Command } from './command.ts'
import { writeInfo } from './console.ts'

/** `queue:table` and its like: Laravel's write a migration, ours say that there is nothing to write. */
export function queueTableCommands(): readonly Command[] {
  return tables.map(([name, alias, table]) => ({
    name,
    aliases: [alias],
    summary: { es: `Dice cómo se crea la tabla ${table}`, en: `Say how the ${table} table is made` },
    async run(_input, terminal) {
      const text = {
        es: `La tabla [${table}] no necesita una migración suya: «migrate» crea la que falte.`,
        en: `The table [${table}] needs no migration of yours: "migrate" makes what is missing.`,
      }
      writeInfo(terminal, text[terminal.locale])
      return 0
    },
  }))
}

const tables = [
  ['queue:table', 'make:queue-table', 'jobs'],
  ['queue:failed-table', 'make:queue-failed-table', 'failed_jobs'],
  ['queue:batches-table', 'make:queue-batches-table', 'job_batches'],
] as const
