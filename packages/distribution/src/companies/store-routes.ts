import type { Context } from 'hono'
import { ShownLinks } from '../access/shown-links.ts'
import { readId, readSearch } from '../http/query-parameters.ts'
import type { HttpApp, Site } from '../http/site.ts'
import { addRegistrationRoutes } from './registration-routes.ts'
import { showStore } from './show-store.ts'
import { storeListPage } from './store-pages.ts'
import { addStoreUserRoutes } from './store-user-routes.ts'
import { listStores } from './stores.ts'

const storesPerPage = 50

/** The list of stores, registering one, one store's page, and its user. */
export function addStoreRoutes(http: HttpApp, site: Site): void {
  const links = new ShownLinks()
  http.get('/', (c) => showStores(c, site))
  http.get('/stores', (c) => c.redirect('/', 303))
  addRegistrationRoutes(http, site, links)
  http.get('/stores/:id', (c) => showStore(c, site, { links }))
  addStoreUserRoutes(http, site, links)
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
