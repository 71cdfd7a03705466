import {
  ClockSkewError,
  DatabaseBusyError,
  DatabaseDeadlineError,
  type DatabaseProblem,
  DatabaseUnusableError,
  QueueError,
  RecordUnwritableError,
  UnreadableBatchError,
} from '../errors.ts'
import { RecordFolderError, recordFolderInSpanish } from '../supervisor/record-folder-error.ts'
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
    return `La base de datos ${placeOf(error)} siguió ocupada ${error.seconds} segundos. Busque el proceso que la retiene e intente de nuevo.`
  }
  if (error instanceof DatabaseDeadlineError) {
    if (error.waitedFor === 'connection')
      return `No hubo una conexión libre a ${placeOf(error)} en ${error.seconds} segundos. Permita más conexiones, haga menos a la vez o mire la red.`
    return `${placeOf(error)} no respondió a una instrucción en ${error.seconds} segundos. Mire en qué está ocupada y la red, e intente de nuevo.`
  }
  if (error instanceof DatabaseUnusableError) {
    return `La base de datos ${placeOf(error)} no se puede usar: ${problems[error.problem]}.`
  }
  if (error instanceof ClockSkewError) {
    const seconds = Math.abs(Math.round(error.secondsAhead))
    const direction = error.secondsAhead > 0 ? 'adelantado' : 'atrasado'
    return `El reloj de esta máquina está ${seconds} segundos ${direction} respecto al de la base de datos de la cola. Haga que ambos sigan el mismo servicio de hora (NTP).`
  }
  if (error instanceof UnreadableBatchError) {
    return `Los failed_job_ids del lote ${JSON.stringify(error.batch)} no son una lista de ids. Corrija la fila en job_batches, o reintente sus trabajos uno por uno.`
  }
  return recordInSpanish(error)
}

/** The library names a database of a server «shop at 127.0.0.1:3306». */
function placeOf({ database }: { readonly database: string }): string {
  return database.replace(/ at (?=\S+:\d+$)/, ' en ')
}

function recordInSpanish(error: QueueError): string | undefined {
  if (error instanceof RecordFolderError) return recordFolderInSpanish(error)
  if (error instanceof RecordUnwritableError) {
    return `Un proceso de los trabajos no pudo escribir en ${error.path} lo que ejecuta. Libere espacio en ese disco, o dé otra recordFolder.`
  }
  return undefined
}

const problems: Readonly<Record<DatabaseProblem, string>> = {
  not_a_database: 'el archivo no es una base de datos SQLite; revise la ruta',
  cannot_open: 'el archivo no se puede abrir; revise que su carpeta exista y se pueda escribir',
  unsafe_version: 'este SQLite puede dañarla; use un Node con SQLite 3.51.3 o más nuevo',
  network_filesystem:
    'está en un sistema de archivos de red, donde SQLite puede dañarla; póngala en un disco local, o use MariaDB o PostgreSQL',
  disk_full: 'su disco está lleno, o se agotó una cuota; libere espacio, y todo sigue por sí solo',
  unreachable: 'nadie responde allí; revise que el servidor esté en marcha, su dirección y su puerto',
  connection_lost: 'la conexión se cortó, y la última instrucción puede haberse hecho o no; mire, e intente de nuevo',
  wrong_credentials: 'rechaza el usuario o la contraseña; revise ambos',
  missing_privileges:
    'el usuario no tiene permiso; concédale select, insert, update, delete y, para migrar, create y alter',
  unknown_database: 'el servidor no tiene una base de datos con ese nombre; créela o corrija el nombre',
  too_many_connections: 'no le quedan conexiones; cierre algunas o suba el límite',
  read_only: 'ahora solo se puede leer; escriba en la principal, o permita escribir en ella',
  no_skip_locked: 'no tiene SKIP LOCKED; use MariaDB 10.6, MySQL 8.0.1, PostgreSQL 14 o más nuevos',
  missing_tables: 'le falta una tabla de la cola; ejecute la migración (./surtidor migrate)',
  not_a_jobs_table: 'a una tabla de la cola le falta una columna; compárela con la de Laravel o use otra base de datos',
  unstorable_text: 'una columna no puede guardar el texto; convierta la tabla a utf8mb4 o UTF8',
  unstorable_value:
    'una columna es muy pequeña para un valor; hágala tan grande como en una tabla nueva de Laravel (longtext), y bigint para las fechas en PostgreSQL',
  too_large: 'una instrucción supera el tamaño que acepta; suba el límite de paquete o envíe menos datos',
}
