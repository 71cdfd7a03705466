import { DatabaseBusyError, type DatabaseProblem, DatabaseUnusableError, QueueError } from '../errors.ts'
import type { Text } from './command.ts'

/** The library speaks English; what people meet on a command line is said in their language too. */
export function errorText(error: QueueError): Text {
  return { es: inSpanish(error) ?? error.message, en: error.message }
}

/** Whatever was thrown, as one line. */
export function problemText(error: unknown): Text {
  if (error instanceof QueueError) return errorText(error)
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n')
  return { es: line, en: line }
}

function inSpanish(error: QueueError): string | undefined {
  if (error instanceof DatabaseBusyError) {
    return `La base de datos ${error.database} siguió ocupada ${error.seconds} segundos. Busque el proceso que la retiene e intente de nuevo.`
  }
  if (error instanceof DatabaseUnusableError) {
    return `La base de datos ${error.database} no se puede usar: ${problems[error.problem]}.`
  }
  return undefined
}

const problems: Readonly<Record<DatabaseProblem, string>> = {
  not_a_database: 'el archivo no es una base de datos SQLite; revise la ruta',
  cannot_open: 'el archivo no se puede abrir; revise que su carpeta exista y se pueda escribir',
  unsafe_version: 'este SQLite puede dañarla; use un Node con SQLite 3.51.3 o más nuevo',
}
