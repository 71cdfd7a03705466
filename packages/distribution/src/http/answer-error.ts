import { randomUUID } from 'node:crypto'
import { DatabaseBusyError, DatabaseUnusableError } from '@surtidor/queue'
import { isDiskFull } from '@surtidor/queue/sqlite'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { withoutToken } from '../access/activation.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { brokenPage, refusalPage } from '../pages/message-pages.ts'
import type { Site } from './site.ts'

/** An error that a person can act on shows its own sentence; any other is logged under an id, and only the id is shown. */
export async function answerError(error: Error, c: Context, site: Site): Promise<Response> {
  if (error instanceof HTTPException) return error.getResponse()
  if (error instanceof DatabaseBusyError) return c.html(site.renderAlone(refusalPage(busy, site.locale)), 503)
  if (isOutOfRoom(error)) return c.html(site.renderAlone(refusalPage(outOfRoom, site.locale)), 507)
  if (error instanceof ApplicationError) return c.html(site.renderAlone(refusalPage(error.text, site.locale)), 409)
  const errorId = randomUUID()
  site.log.error({ errorId, method: c.req.method, path: withoutToken(c.req.path), err: error }, 'request failed')
  return c.html(site.renderAlone(brokenPage(errorId, site.locale)), 500)
}

// The error itself names the file's path, which is nobody's business on a page.
const busy: Text = {
  es: 'La base de datos está ocupada en este momento y no se hizo nada. Espere unos segundos e intente de nuevo.',
  en: 'The database is busy at the moment and nothing was done. Wait a few seconds and try again.',
}

/** Told by the queue, which keeps room for the jobs that are there, or by SQLite. */
function isOutOfRoom(error: Error): boolean {
  return isDiskFull(error) || (error instanceof DatabaseUnusableError && error.problem === 'disk_full')
}

const outOfRoom: Text = {
  es: 'El disco del servidor está lleno y no se hizo nada. Avise a quien lo administra; cuando haya espacio, intente de nuevo.',
  en: "The server's disk is full and nothing was done. Tell whoever runs it; when there is room, try again.",
}
