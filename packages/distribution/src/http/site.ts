import type { JobDefinition, Queue } from '@surtidor/queue'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import type { CopyRequest } from '../copy/copy-request.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { Locale } from '../i18n/locale.ts'
import type { WakeSender } from '../notifications/deliver-notifications-job.ts'
import { countUnread } from '../notifications/in-app.ts'
import type { Html } from '../pages/html.ts'
import { type Page, type PageFrame, renderLayout } from '../pages/layout.ts'
import type { StoreDatabases } from '../tenancy/store-databases.ts'
import type { HttpEnvironment } from './request-guard.ts'
import { StaticFiles } from './static-files.ts'

export type HttpApp = Hono<HttpEnvironment>

/** What the pages need of the application. */
export interface HttpDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly queue: Queue
  readonly copyProducts: JobDefinition<CopyRequest>
  /** Has somebody send what a page wrote into the outbox. */
  readonly wakeSender?: WakeSender
  readonly log: Logger
  readonly locale: Locale
  /** The distributor that registers stores here. */
  readonly distributorId: () => Promise<string>
}

/** What a feature's routes are given. */
export interface Site extends HttpDependencies {
  readonly files: StaticFiles
  /** The whole document for a page. */
  readonly render: (page: Page) => Promise<Html>
  /** The same without asking the database for anything, for when it is the database that fails. */
  readonly renderAlone: (page: Page) => Html
}

export function createSite(dependencies: HttpDependencies): Site {
  const files = new StaticFiles()
  const { queue, central, locale } = dependencies
  const layout = (page: Page, counts: Pick<PageFrame, 'failedJobs' | 'unreadNotifications'>) =>
    renderLayout(page, { locale, ...counts, asset: (name) => files.url(name) })
  return {
    ...dependencies,
    files,
    render: async (page) =>
      layout(page, { failedJobs: await queue.countFailed(), unreadNotifications: await countUnread(central) }),
    renderAlone: (page) => layout(page, { failedJobs: 0, unreadNotifications: 0 }),
  }
}
