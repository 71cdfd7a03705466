import type { Context } from 'hono'
import { readId } from '../http/query-parameters.ts'
import type { HttpApp, Site } from '../http/site.ts'
import { listInApp, markRead } from './in-app.ts'
import { notificationsPage } from './notification-pages.ts'

const perPage = 50

/** What happened, for the people of the distributor; marking what is read already does no harm. */
export function addNotificationRoutes(http: HttpApp, site: Site): void {
  http.get('/notificaciones', (c) => showNotifications(c, site))
  http.post('/notificaciones/leidas', async (c) => {
    const upToId = readId(new URLSearchParams(await c.req.text()).get('hasta') ?? undefined)
    if (upToId === undefined) return c.notFound()
    await markRead(site.central, { upToId })
    return c.redirect('/notificaciones', 303)
  })
  http.post('/notificaciones/:id/leida', async (c) => {
    const id = readId(c.req.param('id'))
    if (id === undefined) return c.notFound()
    await markRead(site.central, { id })
    return c.redirect('/notificaciones', 303)
  })
}

async function showNotifications(c: Context, site: Site): Promise<Response> {
  const beforeId = readId(c.req.query('before'))
  const found = await listInApp(site.central, { limit: perPage + 1, beforeId })
  const notifications = found.slice(0, perPage)
  const nextId = found.length > perPage ? notifications.at(-1)?.id : undefined
  return c.html(await site.render(notificationsPage({ notifications, beforeId, nextId }, site.locale)))
}
