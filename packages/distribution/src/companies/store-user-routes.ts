import type { Context } from 'hono'
import type { ShownLinks } from '../access/shown-links.ts'
import { readId } from '../http/query-parameters.ts'
import type { HttpApp, Site } from '../http/site.ts'
import { addStoreUser, StoreUserError } from './add-store-user.ts'
import { DuplicateStoreError } from './duplicate-store.ts'
import { showStore } from './show-store.ts'
import { findStore } from './stores.ts'

/** `POST /stores/:id/user`: makes the user of a client that has none, else a new activation link. */
export function addStoreUserRoutes(http: HttpApp, site: Site, links: ShownLinks): void {
  http.post('/stores/:id/user', (c) => addUser(c, site, links))
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
    return showStore(c, site, { links, problem: { ...explain(error), email } })
  }
}

/** What a person can correct; anything else is thrown on. */
function explain(error: unknown) {
  if (error instanceof DuplicateStoreError)
    return { text: error.text, existingCompanyId: error.companyId, status: 409 } as const
  if (error instanceof StoreUserError) return { text: error.text, existingCompanyId: null, status: 422 } as const
  throw error
}
