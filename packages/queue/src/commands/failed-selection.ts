import type { FailedSelection, Queue } from '../queue.ts'
import type { CommandInput, CommandOption, Terminal, Text } from './command.ts'
import { writeInfo } from './console.ts'

/** Beside Laravel's own options: on a queue that many tenants share, whoever mends one's failures leaves the others' alone. */
export const selectionOptions = {
  job: {
    kind: 'text',
    summary: { es: 'Solo los de este nombre de «queue:failed»', en: 'Only those with this name of "queue:failed"' },
  },
  'dry-run': {
    kind: 'flag',
    summary: { es: 'Dice cuántos serían y no hace nada', en: 'Say how many there would be, and do nothing' },
  },
} satisfies Readonly<Record<string, CommandOption>>

export function selectionOf(input: CommandInput): FailedSelection {
  return { queue: input.text('queue'), job: input.text('job') }
}

/** True when some are chosen by what they are, and not by their ids. */
export function isSelective({ queue, job }: FailedSelection): boolean {
  return queue !== undefined || job !== undefined
}

export async function tellHowMany(queue: Queue, selection: FailedSelection, terminal: Terminal): Promise<void> {
  const { length } = await queue.failedUuids(selection)
  writeInfo(terminal, would(length)[terminal.locale])
}

function would(count: number): Text {
  return {
    es: count === 1 ? 'Sería 1 trabajo fallido.' : `Serían ${count} trabajos fallidos.`,
    en: count === 1 ? 'It would be 1 failed job.' : `It would be ${count} failed jobs.`,
  }
}
