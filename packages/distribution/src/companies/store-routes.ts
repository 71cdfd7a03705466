import type { Context } from 'hono'
import { ShownLinks } from '../access/shown-links.ts'
import { productSection } from '../copy/product-table.ts'
import { runReport } from '../copy/run-report.ts'
import { readId, readSearch } from '../http/query-parameters.ts'
import type { HttpApp, Site } from '../http/site.ts'
import type { Text } from '../i18n/locale.ts'
import { addStoreUser, StoreUserError } from './add-store-user.ts'
import { DuplicateStoreError } from './duplicate-store.ts'
import { findStoreUser } from './find-store-user.ts'
import { addRegistrationRoutes } from './registration-routes.ts'
import { readStoreContents, type StoreContents } from './store-contents.ts'
import { storePage } from './store-page.ts'
import { storeListPage } from './store-pages.ts'
import { storeUserPanel } from './store-user-panel.ts'
import { findStore, listStores, type StoreSummary } from './stores.ts'

const storesPerPage = 50

/** The list of stores, registering one, one store's page, and its user. */
export function addStoreRoutes(http: HttpApp, site: Site): void {
  const links = new ShownLinks()
  http.get('/', (c) => showStores(c, site))
  http.get('/stores', (c) => c.redirect('/', 303))
  addRegistrationRoutes(http, site, links)
  http.get('/stores/:id', (c) => showStore(c, site, { links }))
  http.post('/stores/:id/user', (c) => addUser(c, site, links))
}

async function showStores(c: Context, site: Site): Promise<Response> {
  const search = readSearch(c.req.query('q'))
  const beforeId = readId(c.req.query('before'))
  const found = await listStores(site.central, {
    limit: storesPerPage + 1,
    ...(search && { search }),
    ...(beforeId && { beforeId }),
  })
  const stores = found.slice(0, storesPerPage)
  const nextId = found.length > storesPerPage ? stores.at(-1)?.companyId : undefined
  return c.html(await site.render(storeListPage({ stores, search, beforeId, nextId }, site.locale)))
}

async function addUser(c: Context, site: Site, links: ShownLinks): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  if (!companyId || !(await findStore(site.central, companyId))) return c.notFound()
  const email = new URLSearchParams(await c.req.text()).get('email') ?? ''
  try {
    const { activation } = await addStoreUser(site, { companyId, email })
    if (activation) links.keep(companyId, activation)
    return c.redirect(`/stores/${companyId}#user`, 303)
  } catch (error) {
    if (error instanceof DuplicateStoreError)
      return showStore(c, site, { links, problem: { text: error.text, status: 409, email } })
    if (error instanceof StoreUserError)
      return showStore(c, site, { links, problem: { text: error.text, status: 422, email } })
    throw error
  }
}

interface StoreView {
  readonly links: ShownLinks
  /** Why the user could not be made; the address is what was typed. */
  readonly problem?: { readonly text: Text; readonly status: 409 | 422; readonly email: string }
}

async function showStore(c: Context, site: Site, { links, problem }: StoreView): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  const store = companyId && (await findStore(site.central, companyId))
  if (!store) return c.notFound()
  const search = readSearch(c.req.query('q'))
  const afterId = readId(c.req.query('after'))
  const user = await findStoreUser(site.central, companyId)
  const activation = links.find(companyId)
  const userPanel = storeUserPanel(
    {
      companyId,
      user,
      email: problem?.email || store.email,
      link: activation && { origin: new URL(c.req.url).origin, activation },
      problem: problem?.text,
    },
    site.locale,
  )
  const contents = await readStoreContents(site, { store, search, afterId })
  const isNew = c.req.query('created') === '1'
  const isStore = user !== undefined || store.run !== null
  const view = { store, isNew, isStore, userPanel, ...sections(store, contents, site) }
  return c.html(await site.render(storePage(view, site.locale)), problem?.status ?? 200)
}

function sections({ companyId, run }: StoreSummary, contents: StoreContents, { locale, files }: Site) {
  const imageUrl = (path: string | null) => files.imageUrl(path)
  return {
    report: runReport({ companyId, run, ...contents.report }, locale),
    products: productSection({ companyId, imageUrl, ...contents.list }, locale),
  }
}
