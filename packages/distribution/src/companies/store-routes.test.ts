import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { sql } from 'kysely'
import { storeItem, TestSite } from '../../test/support/test-site.ts'

const goodForm = {
  contactType: 'CLIENTE',
  name: 'Tienda La 45',
  type: 'NIT',
  identification: '900123456',
  verificationDigit: '8',
  person: 'Juridica',
  regime: '2',
  fiscalResponsibility: '1',
  email: 'la45@example.com',
  phone: '3001234567',
  address: 'Calle 45 # 12-30',
  district: 'Santa Fe',
  city: 'Bogotá',
  createUser: 'yes',
}
const person = { firstName: 'Ana', surname: 'Niño' }

test('without stores the list invites to register the first one', async () => {
  await using site = await TestSite.open()

  const page = await (await site.get('/')).text()

  assert.match(page, /Registrar la primera tienda/)
})

test('the list shows the newest store first, with the state of its copy and how far it is', async () => {
  await using site = await TestSite.open()
  await site.addRun(await site.addStore('Primera'), { state: 'completed', total: 1034, copied: 1034 })
  await site.addRun(await site.addStore('Segunda'), { state: 'running', total: 1034, copied: 812 })

  const page = await (await site.get('/')).text()

  assert.ok(page.indexOf('Segunda') < page.indexOf('Primera'))
  assert.match(page, /Copiando[\s\S]*812 de 1\.034 productos[\s\S]*Completa/)
})

test('the list asks for itself again only while a copy runs', async () => {
  await using site = await TestSite.open()
  const run = await site.addRun(await site.addStore('Tienda La 45'), { state: 'running', total: 5 })

  const running = await (await site.get('/')).text()
  await site.moveRun(run, { state: 'completed', copied: 5 })
  const ended = await (await site.get('/')).text()

  assert.match(running, /hx-trigger="every 2s"/)
  assert.doesNotMatch(ended, /hx-trigger/)
})

test('stores are found by a part of their name and by their identification', async () => {
  await using site = await TestSite.open()
  await site.addStore('Granero La Esperanza', '111222333')
  await site.addStore('Tienda La 45', '444555666')

  const byName = await (await site.get('/?q=esperanza')).text()
  const byNumber = await (await site.get('/?q=444555666')).text()
  const none = await (await site.get('/?q=%22%3E%3Cb%3E')).text()

  assert.match(byName, /Granero/)
  assert.doesNotMatch(byName, /Tienda La 45/)
  assert.match(byNumber, /Tienda La 45/)
  assert.match(none, /Ninguna tienda coincide con «&quot;&gt;&lt;b&gt;»/)
})

test('more than fifty stores are read page by page, each once', async () => {
  await using site = await TestSite.open()
  for (let number = 1; number <= 60; number += 1) await site.addStore(`Tienda número ${number}.`)

  const first = await (await site.get('/')).text()
  const next = /rel="next" href="([^"]+)"/.exec(first)?.[1] ?? ''
  const second = await (await site.get(next)).text()

  const names = [...`${first}${second}`.matchAll(/Tienda número (\d+)\./g)].map((match) => Number(match[1]))
  assert.deepEqual(
    names,
    Array.from({ length: 60 }, (_, index) => 60 - index),
  )
  assert.doesNotMatch(second, /rel="next"/)
})

test('a name with markup is shown as text everywhere', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('<script>alert(1)</script>')
  await site.addRun(store, { state: 'failed', total: 3, error: '<img src=x onerror=alert(1)>' })

  const pages = await Promise.all(['/', `/stores/${store}`].map(async (path) => (await site.get(path)).text()))

  for (const page of pages) {
    assert.doesNotMatch(page, /<script>|<img src=x/)
    assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
  }
})

test('registering a store leads to its page, which says only what is true', async () => {
  await using site = await TestSite.open()

  const response = await site.post('/stores', goodForm)
  const location = response.headers.get('location') ?? ''
  const page = await (await site.get(location)).text()

  assert.equal(response.status, 303)
  assert.match(location, /^\/stores\/\d+\?created=1$/)
  assert.match(page, /Tienda creada\.<\/strong>[\s\S]*La copia de productos está en espera/)
  assert.doesNotMatch(page, /Copiando \d/)
})

test('a form with mistakes comes back with what was typed and a sentence beside each field', async () => {
  await using site = await TestSite.open()

  const response = await site.post('/stores', {
    ...goodForm,
    name: '"><b>Doña</b>',
    verificationDigit: '1',
    email: 'x',
  })

  const page = await response.text()
  assert.equal(response.status, 422)
  assert.match(page, /value="&quot;&gt;&lt;b&gt;Doña&lt;\/b&gt;"/)
  assert.match(page, /<option value="NIT" selected>/)
  assert.match(page, /id="verificationDigit"[^>]*aria-invalid="true"[^>]*verificationDigit-problem[^>]*autofocus/)
  assert.match(page, /id="verificationDigit-problem">[\s\S]*?es 8, no 1/)
  assert.match(page, /role="alert"[\s\S]*href="#verificationDigit"[\s\S]*href="#email"/)
  assert.equal(await countStores(site), 0)
})

test('an empty form names every required field', async () => {
  await using site = await TestSite.open()

  const response = await site.post('/stores', {})

  const page = await response.text()
  assert.equal(response.status, 422)
  for (const field of ['name', 'identification', 'address', 'city'])
    assert.match(page, new RegExp(`id="${field}-problem"`))
})

test('a check digit typed for a NIT is left out when the type is changed afterwards', async () => {
  await using site = await TestSite.open()

  const response = await site.post('/stores', { ...goodForm, ...person, type: 'CC' })

  const company = await site.central.selectFrom('vnt_companies').selectAll().executeTakeFirstOrThrow()
  assert.equal(response.status, 303)
  assert.deepEqual([company.identification, company.verification_digit], ['900123456', null])
})

test('the check digit stands after the NIT on the page and the list, and the NIT is found as it is shown', async () => {
  await using site = await TestSite.open()
  const { headers } = await site.post('/stores', goodForm)

  const paths = [headers.get('location') ?? '', '/', '/?q=NIT+900123456-8', '/?q=900.123.456-8', '/?q=900.123.456']
  const pages = await Promise.all(paths.map(async (path) => (await site.get(path)).text()))

  for (const page of pages) assert.match(page, />NIT 900123456-8</)
})

for (const [field, value] of [
  ['phone', '3'.repeat(100)],
  ['identification', '9'.repeat(40)],
] as const) {
  test(`the form lets a person type as much into ${field} as its rule allows`, async () => {
    await using site = await TestSite.open()

    const page = await (await site.post('/stores', { ...goodForm, [field]: value })).text()
    const longer = await (await site.post('/stores', { ...goodForm, [field]: `${value}1` })).text()

    assert.match(page, new RegExp(`id="${field}"[^>]* maxlength="${value.length}"`))
    assert.doesNotMatch(page, /tiene \d+ caracteres/)
    assert.match(longer, /tiene \d+ caracteres/)
  })
}

test('the same identification again leads to the store that has it', async () => {
  await using site = await TestSite.open()
  const first = await site.post('/stores', goodForm)
  const path = first.headers.get('location')?.split('?')[0]

  const second = await site.post('/stores', { ...goodForm, email: 'otra@example.com' })

  assert.equal(second.status, 409)
  assert.match(await second.text(), new RegExp(`href="${path}">Ver la tienda que ya existe`))
  assert.equal(await countStores(site), 1)
})

test('a body that is no form is answered as an empty one', async () => {
  await using site = await TestSite.open()

  const response = await site.post('/stores', { '%': '\u0000', __proto__: 'x' })

  assert.equal(response.status, 422)
})

for (const path of [
  '/stores/999',
  '/stores/abc',
  '/stores/0',
  '/stores/-1',
  '/stores/1e3',
  `/stores/${'9'.repeat(40)}`,
]) {
  test(`${path} is not there`, async () => {
    await using site = await TestSite.open()

    assert.equal((await site.get(path)).status, 404)
    assert.equal((await site.get(`${path}/events`)).status, 404)
    assert.equal((await site.get(`${path}/progress`)).status, 404)
    assert.equal((await site.post(`${path}/runs`)).status, 404)
  })
}

test('a store without a database yet is being prepared', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.addRun(store)

  const page = await (await site.get(`/stores/${store}`)).text()

  assert.match(page, /Preparando… Los productos aparecen aquí/)
})

test('a store whose copy failed before it had a database is not being prepared', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.addRun(store, { state: 'failed', error: 'El disco está lleno.' })

  const page = await (await site.get(`/stores/${store}`)).text()

  assert.match(page, /Todavía no hay productos en esta tienda/)
  assert.doesNotMatch(page, /Preparando|Contando|<progress/)
})

const damages: Readonly<Record<string, (site: TestSite, store: number, file: string) => Promise<unknown>>> = {
  'is no database': (_site, _store, file) => writeFile(file, 'Estimado cliente: gracias por su compra.\n'.repeat(200)),
  'lost its tables': (_site, _store, file) => writeFile(file, ''),
  'has no legal name': ({ central }, store) =>
    central.updateTable('tenants').set({ db_name: '../otra' }).where('company_id', '=', store).execute(),
  'has no name': ({ central }, store) =>
    central.updateTable('tenants').set({ db_name: null }).where('company_id', '=', store).execute(),
}

for (const [damage, inflict] of Object.entries(damages)) {
  test(`a store whose database ${damage} shows its copy and the way to repeat it`, async () => {
    await using site = await TestSite.open()
    const store = await site.addStore('Tienda La 45')
    await site.addRun(store, { state: 'failed', total: 10, copied: 3, error: 'La base de datos no se puede usar.' })
    let file = ''
    await site.fillStore(store, async (database) => {
      const { rows } = await sql<{ file: string }>`pragma database_list`.execute(database)
      file = rows[0]?.file ?? ''
    })
    await inflict(site, store, file)

    const response = await site.get(`/stores/${store}`)

    const page = await response.text()
    assert.equal(response.status, 200)
    assert.match(page, /<h1>Tienda La 45<\/h1>[\s\S]*Fallida[\s\S]*La base de datos no se puede usar\./)
    assert.match(page, /Copiar de nuevo[\s\S]*Los productos no se pueden mostrar ahora/)
    assert.doesNotMatch(page, /Todavía no hay productos|No hay un informe/)
    assert.equal(site.logged.filter((line) => line.includes('store database cannot be read')).length, 1)
  })
}

test('the product list does not show the GENERICO of the store', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const generic = storeItem(store, { item_father_id: 0, sku: 'GENERICO', name: 'PRODUCTO GENERICO' })
  const own = storeItem(store, { item_father_id: 0, sku: 'EMPANADA', name: 'Empanada de la casa' })
  await site.fillStore(store, (database) =>
    database
      .insertInto('tat_items')
      .values([generic, own, storeItem(store, {})])
      .execute(),
  )

  const page = await (await site.get(`/stores/${store}`)).text()

  assert.doesNotMatch(page, /GENERICO/)
  assert.match(page, /Empanada de la casa[\s\S]*Arroz Diana/)
})

test("a store's page lists its products with price, tax, category and state", async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.fillStore(store, async (database) => {
    await database.insertInto('cnf_taxes').values({ name: 'IVA', percentage: 19 }).execute()
    await database
      .insertInto('tat_categories')
      .values({ company_id: store, source_category_id: 4, name: 'Granos' })
      .execute()
    const item = storeItem(store, { taxId: 1, categoryId: 1, img_path: '/static/catalog/abarrotes.svg', status: 0 })
    await database.insertInto('tat_items').values(item).execute()
  })

  const page = await (await site.get(`/stores/${store}`)).text()

  assert.match(
    page,
    /Arroz Diana 500 g[\s\S]*ARROZ-500[\s\S]*Granos[\s\S]*19 %[\s\S]*\$\s2\.100[\s\S]*\$\s3\.000[\s\S]*Inactivo/,
  )
  assert.match(page, /<img src="\/static\/catalog\/abarrotes\.svg\?v=[0-9a-f]{16}" alt=""/)
})

test('products are searched and read page by page, each once', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const items = Array.from({ length: 120 }, (_, index) =>
    storeItem(store, { item_father_id: index + 1, sku: `SKU-${index}`, name: `Producto ${index}.` }),
  )
  await site.fillStore(store, (database) => database.insertInto('tat_items').values(items).execute())

  const seen: string[] = []
  for (let path: string | undefined = `/stores/${store}`; path; ) {
    const page = await (await site.get(path)).text()
    seen.push(...[...page.matchAll(/Producto (\d+)\./g)].map((match) => match[1] ?? ''))
    path = /rel="next" href="([^"]+)#products"/.exec(page)?.[1]?.replace('&amp;', '&')
  }
  const found = await (await site.get(`/stores/${store}?q=SKU-119`)).text()

  assert.deepEqual(
    seen,
    items.map((_, index) => String(index)),
  )
  assert.match(found, /Producto 119\./)
  assert.doesNotMatch(found, /Producto 11\./)
  assert.match(found, /<section id="products"[\s\S]*action="\/stores\/\d+#products"/)
})

test('the report adds up and groups the products to look at by reason', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const counts = { total: 12, copied: 7, updated: 2, unchanged: 1, skipped: 1, errors: 1 }
  const run = await site.addRun(store, {
    state: 'completed_with_errors',
    ...counts,
    finished_at: '2026-11-20 15:30:00',
  })
  await site.fillStore(store, async (database) => {
    const receipt = { run_id: run, company_id: store, epoch: 1, max_source_id: 12, total: 12, finished_at: null }
    await database
      .insertInto('copy_receipts')
      .values({ ...receipt, status: 'done' })
      .execute()
    const remark = { run_id: run, sku: 'PAN-1', outcome: 'copied', reason: 'without_price' } as const
    await database
      .insertInto('copy_outcomes')
      .values([
        { ...remark, source_item_id: 1 },
        { ...remark, source_item_id: 2 },
        { ...remark, source_item_id: 3, reason: 'price_floored' },
      ])
      .execute()
  })

  const page = await (await site.get(`/stores/${store}`)).text()

  assert.match(page, /Suma: 12 de 12 productos activos del distribuidor/)
  assert.match(page, /Sin precio: queda inactivo <span class="count">2</)
  assert.match(page, /Precio ajustado al costo <span class="count">1</)
  assert.match(page, /La copia terminó con 1 error\. Revise el informe/)
  assert.match(page, /20 nov 2026, 10:30/)
})

test('numbers out of range in an address fall back to the beginning', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.fillStore(store, (database) => database.insertInto('tat_items').values(storeItem(store, {})).execute())

  const pages = await Promise.all(
    [
      '/?before=-1',
      '/?before=abc',
      `/?before=${'9'.repeat(30)}`,
      `/stores/${store}?after=1.5`,
      `/stores/${store}?after=x`,
    ].map((path) => site.get(path)),
  )

  assert.deepEqual(
    pages.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  )
  assert.match((await pages[3]?.text()) ?? '', /Arroz Diana/)
})

async function countStores(site: TestSite): Promise<number> {
  const rows = await site.central.selectFrom('vnt_companies').select('id').execute()
  return rows.length
}
