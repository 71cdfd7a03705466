import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { addActivationRoutes } from './access/activation-routes.ts'
import { addStoreRoutes } from './companies/store-routes.ts'
import { addRunRoutes } from './copy/runs/run-routes.ts'
import { answerError } from './http/answer-error.ts'
import { refuseForeignHosts, refuseForeignOrigins } from './http/request-guard.ts'
import { forbidPageCaching, securityHeaders } from './http/security-headers.ts'
import { createSite, type HttpApp, type HttpDependencies } from './http/site.ts'
import { addNotificationRoutes } from './notifications/notification-routes.ts'
import { addJobRoutes } from './operations/job-routes.ts'
import { notFoundPage } from './pages/message-pages.ts'
import { addBatchRoutes } from './sync/batch-routes.ts'

export type { HttpApp, HttpDependencies } from './http/site.ts'

const maxBodyBytes = 64 * 1024

/** The pages as a web application; `listen` gives it a port. */
export function createHttpApp(dependencies: HttpDependencies): HttpApp {
  const site = createSite(dependencies)
  const http: HttpApp = new Hono()
  http.use(securityHeaders(), forbidPageCaching())
  http.use(refuseForeignHosts(site.locale), refuseForeignOrigins(site.locale))
  http.use(bodyLimit({ maxSize: maxBodyBytes, onError: (c) => c.text(tooLarge[site.locale], 413) }))
  http.get('/static/*', (c) => site.files.respond(c.req.raw))
  addStoreRoutes(http, site)
  addActivationRoutes(http, site)
  addRunRoutes(http, site)
  addBatchRoutes(http, site)
  addNotificationRoutes(http, site)
  addJobRoutes(http, site)
  http.notFound(async (c) => c.html(await site.render(notFoundPage(site.locale)), 404))
  http.onError((error, c) => answerError(error, c, site))
  return http
}

const tooLarge = {
  es: 'La solicitud es demasiado grande: se aceptan hasta 64 KiB. Acorte los textos e intente de nuevo.',
  en: 'The request is too large: up to 64 KiB are accepted. Shorten the texts and try again.',
} as const
