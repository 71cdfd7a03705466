import { DatabaseDeadlineError } from '../errors.ts'
import type { Facts, Finding } from './finding.ts'

/** What the database did not answer. */
export function checkNotDone(facts: Facts): Finding {
  return {
    code: 'CHECK_NOT_DONE',
    severity: 'warning',
    facts,
    advice: {
      es: 'La base de datos no respondió a esta pregunta a tiempo. Mire en qué está ocupada, o inténtelo en otra hora.',
      en: 'The database did not answer this question in time. Look at what it is busy with, or try at another hour.',
    },
  }
}

/** One look that takes too long says so in `late`, and is no reason to leave out the others. */
export async function unlessLate<Answer>(
  late: Finding[],
  table: string,
  look: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof DatabaseDeadlineError)) throw error
    late.push(checkNotDone({ table }))
    return undefined
  }
}
