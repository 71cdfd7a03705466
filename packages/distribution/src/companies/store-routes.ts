import type { Context } from 'hono'
import { productSection } from '../copy/product-table.ts'
import { runReport } from '../copy/run-report.ts'
import { readId, readSearch } from '../http/query-parameters.ts'
import type { HttpApp, Site } from '../http/site.ts'
import { DuplicateStoreError, registerStore } from './register-store.ts'
import { readStoreContents, type StoreContents } from './store-contents.ts'
import { parseStoreForm, type StoreForm } from './store-form.ts'
import { storeFormPage } from './store-form-page.ts'
import { storePage } from './store-page.ts'
import { storeListPage } from './store-pages.ts'
import { findStore, listStores, type StoreSummary } from './stores.ts'

const storesPerPage = 50

/** The list of stores, registering one, and one store's page. */
export function addStoreRoutes(http: HttpApp, site: Site): void {
  http.get('/', (c) => showStores(c, site))
  http.get('/stores', (c) => c.redirect('/', 303))
  http.get('/stores/new', async (c) =>
    c.html(await site.render(storeFormPage({ values: {}, problems: [] }, site.locale))),
  )
  http.post('/stores', (c) => register(c, site))
  http.get('/stores/:id', (c) => showStore(c, site))
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

async function register(c: Context, site: Site): Promise<Response> {
  const values = Object.fromEntries(new URLSearchParams(await c.req.text()))
  const parsed = parseStoreForm(withoutHiddenDigit(values))
  if (!parsed.ok) {
    return c.html(await site.render(storeFormPage({ values, problems: parsed.problems }, site.locale)), 422)
  }
  return await registerForm(c, site, { form: parsed.form, values })
}

/** The form hides the check digit of any other document than a NIT, but browsers send it all the same. */
function withoutHiddenDigit(values: Submission['values']): Submission['values'] {
  return values.type?.trim().toUpperCase() === 'NIT' ? values : { ...values, verificationDigit: '' }
}

interface Submission {
  readonly form: StoreForm
  readonly values: Readonly<Record<string, string>>
}

async function registerForm(c: Context, site: Site, { form, values }: Submission): Promise<Response> {
  try {
    const { companyId } = await registerStore(site, { form, distributorId: await site.distributorId() })
    return c.redirect(`/stores/${companyId}?created=1`, 303)
  } catch (error) {
    if (!(error instanceof DuplicateStoreError)) throw error
    const { field, text, companyId } = error
    const view = { values, problems: [{ field, text }], existingCompanyId: companyId }
    return c.html(await site.render(storeFormPage(view, site.locale)), 409)
  }
}

async function showStore(c: Context, site: Site): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  const store = companyId && (await findStore(site.central, companyId))
  if (!store) return c.notFound()
  const search = readSearch(c.req.query('q'))
  const afterId = readId(c.req.query('after'))
  const contents = await readStoreContents(site, { store, search, afterId })
  const isNew = c.req.query('created') === '1'
  return c.html(await site.render(storePage({ store, isNew, ...sections(store, contents, site) }, site.locale)))
}

function sections({ companyId, run }: StoreSummary, contents: StoreContents, { locale, files }: Site) {
  const imageUrl = (path: string | null) => files.imageUrl(path)
  return {
    report: runReport({ companyId, run, ...contents.report }, locale),
    products: productSection({ companyId, imageUrl, ...contents.list }, locale),
  }
}
