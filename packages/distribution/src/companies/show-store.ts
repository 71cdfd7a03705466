import type { Context } from 'hono'
import type { ShownLinks } from '../access/shown-links.ts'
import { runReport } from '../copy/report/run-report.ts'
import { productSection } from '../copy/runs/product-table.ts'
import { readId, readSearch } from '../http/query-parameters.ts'
import type { Site } from '../http/site.ts'
import type { Html } from '../pages/html.ts'
import { findStoreUser, type StoreUser } from './find-store-user.ts'
import { readStoreContents } from './store-contents.ts'
import { storePage } from './store-page.ts'
import { storeUserPanel, type UserProblem } from './store-user-panel.ts'
import { findStore, type StoreSummary } from './stores.ts'

export interface StoreView {
  readonly links: ShownLinks
  /** Why the user could not be made. */
  readonly problem?: UserProblem & { readonly status: 409 | 422 }
}

/** One store's page. */
export async function showStore(c: Context, site: Site, view: StoreView): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  const store = companyId && (await findStore(site.central, companyId))
  if (!store) return c.notFound()
  const user = await findStoreUser(site.central, companyId)
  const shown = {
    store,
    isNew: c.req.query('created') === '1',
    isStore: user !== undefined || store.run !== null,
    userPanel: userPanel(c, site, { ...view, store, user }),
    ...(await sections(c, site, store)),
  }
  return c.html(await site.render(storePage(shown, site.locale)), view.problem?.status ?? 200)
}

interface UserView extends StoreView {
  readonly store: StoreSummary
  readonly user: StoreUser | undefined
}

function userPanel(c: Context, site: Site, { store, user, links, problem }: UserView): Html {
  const { companyId, email } = store
  const activation = links.find(companyId)
  const link = activation && { origin: new URL(c.req.url).origin, activation }
  return storeUserPanel({ companyId, user, email, link, problem }, site.locale)
}

async function sections(c: Context, site: Site, store: StoreSummary) {
  const search = readSearch(c.req.query('q'))
  const afterId = readId(c.req.query('after'))
  const { report, list } = await readStoreContents(site, { store, search, afterId })
  const { companyId, run } = store
  const imageUrl = (path: string | null) => site.files.imageUrl(path)
  return {
    report: runReport({ companyId, run, ...report }, site.locale),
    products: productSection({ companyId, imageUrl, ...list }, site.locale),
  }
}
