import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { z } from 'zod'
import { addProducts } from '../../test/support/added-products.ts'
import { TestSite } from '../../test/support/test-site.ts'
import { listStores } from './stores.ts'

const legal = {
  contactType: 'CLIENTE',
  name: 'Tienda La 45',
  type: 'NIT',
  identification: '900123456',
  person: 'Juridica',
  regime: '2',
  fiscalResponsibility: '1',
  email: 'la45@example.com',
  address: 'Calle 45 # 12-30',
  district: 'Santa Fe',
  city: 'Bogotá',
  createUser: 'yes',
}
const natural = { firstName: 'Ana', surname: 'Niño' }
const json = { accept: 'application/json' }

test('twenty equal posts at once make one store, and nineteen answers lead to it', async () => {
  await using site = await TestSite.open()

  const answers = await Promise.all(Array.from({ length: 20 }, () => site.post('/stores', legal)))

  const made = answers.filter(({ status }) => status === 303)
  const path = made[0]?.headers.get('location')?.split('?')[0]
  const refused = answers.filter(({ status }) => status === 409)
  assert.deepEqual([made.length, refused.length], [1, 19])
  for (const answer of refused)
    assert.match(await answer.text(), new RegExp(`href="${path}">Ver la tienda que ya existe`))
  for (const table of ['vnt_companies', 'users', 'copy_runs', 'jobs', 'notification_outbox', 'user_activations']) {
    assert.equal(await countRows(site, table), 1, table)
  }
})

for (const products of [50, 5_000]) {
  test(`with ${products} products, 95 of 100 registrations are answered within 300 ms`, async () => {
    await using site = await TestSite.open()
    await addProducts(site.central, await site.dependencies.distributorId(), { first: 1, last: products })
    const took: number[] = []

    for (let number = 1; number <= 200; number += 1) {
      const form = { ...legal, type: 'CC', identification: String(10_000 + number), email: `t${number}@example.com` }
      const startedAt = performance.now()
      const answer = await site.post('/stores', { ...form, ...natural }, json)
      await answer.text()
      took.push(performance.now() - startedAt)
      assert.equal(answer.status, 201)
    }

    const slowest = took.toSorted((one, other) => other - one)[10] ?? 0
    assert.ok(slowest < 300, `${slowest} ms`)
  })
}

for (const [field, change] of [
  ['identification', { email: 'otra@example.com' }],
  ['email', { identification: '800197268' }],
] as const) {
  test(`the same ${field} again is a 409 that leads to the store that has it, also for a program`, async () => {
    await using site = await TestSite.open()
    const first = await site.post('/stores', legal)
    const path = first.headers.get('location')?.split('?')[0]

    const page = await site.post('/stores', { ...legal, ...change })
    const answer = await site.post('/stores', { ...legal, ...change }, json)

    assert.deepEqual([page.status, answer.status], [409, 409])
    const text = await page.text()
    assert.match(text, new RegExp(`id="${field}"[^>]*aria-invalid="true"`))
    assert.match(text, new RegExp(`href="${path}">Ver la tienda que ya existe`))
    const body = await bodyOf(answer)
    assert.deepEqual([body.existingUrl, fieldsOf(body)], [path, [field]])
    assert.equal(await countRows(site, 'vnt_companies'), 1)
  })
}

test("two companies without an e-mail address, and a client's address that no user has, are told apart too", async () => {
  await using site = await TestSite.open()
  const supplier = { ...legal, contactType: 'PROVEEDOR', email: '' }

  const first = await site.post('/stores', supplier)
  const second = await site.post('/stores', { ...supplier, identification: '800197268' })
  const client = await site.post('/stores', { ...legal, identification: '899999068', createUser: '' })
  const taken = await site.post('/stores', { ...legal, identification: '890903938' })

  assert.deepEqual([first.status, second.status, client.status, taken.status], [303, 303, 303, 409])
})

test('a program gets the numbers and addresses, and may follow the copy', async () => {
  await using site = await TestSite.open()

  const answer = await postJson(site, JSON.stringify({ ...legal, regime: 2, createUser: true, phone: null }))

  const registered = await bodyOf(answer)
  assert.equal(answer.status, 201)
  assert.match(registered.activationUrl ?? '', /^http:\/\/localhost:3000\/activar\/[\w-]{43}$/)
  assert.deepEqual([registered.companyId, registered.runId, registered.url], [1, 1, '/stores/1'])
  const status = await site.get(registered.statusUrl ?? '', json)
  assert.deepEqual([status.status, (await bodyOf(status)).state], [200, 'pending'])
})

test('a wrong check digit is a 422 that names the field and the expected digit, also for a program', async () => {
  await using site = await TestSite.open()

  const answer = await site.post('/stores', { ...legal, verificationDigit: '1' }, json)

  assert.equal(answer.status, 422)
  const body = await bodyOf(answer)
  assert.deepEqual(fieldsOf(body), ['verificationDigit'])
  assert.match(body.problems?.[0]?.message ?? '', /900123456 es 8, no 1/)
})

for (const body of ['', '[]', 'null', '"x"', '{']) {
  test(`the JSON body ${JSON.stringify(body)} is refused`, async () => {
    await using site = await TestSite.open()

    const answer = await postJson(site, body)

    assert.equal(answer.status, 400)
    assert.match((await bodyOf(answer)).message ?? '', /no es un objeto JSON/)
  })
}

test('a list, an object or a truth in JSON is no text: each field says so with what came, and nothing is registered', async () => {
  await using site = await TestSite.open()
  const wrong = {
    name: ['Tienda'],
    email: { a: 1 },
    address: true,
    createUser: [],
    phone: 3001234567,
    other: {},
    city: nested(4_000),
  }

  const answer = await postJson(site, JSON.stringify({ ...legal, ...wrong }))

  const { problems = [] } = await bodyOf(answer)
  assert.equal(answer.status, 422)
  assert.deepEqual(
    problems.map(({ field, message }) => [field, / llegó como (.*)\.$/.exec(message)?.[1]]),
    [
      ['name', "[ 'Tienda' ]: aquí va un texto entre comillas"],
      ['email', '{ a: 1 }: aquí va un texto entre comillas'],
      ['address', 'true: aquí va un texto entre comillas'],
      ['city', '[ [ [Array] ] ]: aquí va un texto entre comillas'],
      ['createUser', '[]: aquí va true o false'],
    ],
  )
  assert.equal((await listStores(site.central, { limit: 1 })).length, 0)
})

test('the form calls the crossed columns by their right names, and offers the routes that there are', async () => {
  await using site = await TestSite.open()
  const without = await (await site.get('/stores/new')).text()
  const route = { zone_id: null, salesman_id: null, sale_day: null, delivery_day: null }
  await site.central
    .insertInto('tat_routes')
    .values({ tenant_id: await site.dependencies.distributorId(), name: 'Norte <lunes>', ...route })
    .execute()

  const page = await (await site.get('/stores/new')).text()

  assert.match(page, /<label for="middleName">Segundo nombre<\/label>[\s\S]*<label for="surname">Primer apellido/)
  assert.match(page, /<input type="checkbox" id="createUser" name="createUser"[^>]* value="yes" checked>/)
  assert.match(page, /<select id="route"[^>]*>.*<option value="1">Norte &lt;lunes&gt;<\/option>/)
  assert.doesNotMatch(without, /id="route"/)
})

test('a route or position that is not there is a 422 beside its field', async () => {
  await using site = await TestSite.open()

  const route = await site.post('/stores', { ...legal, route: '9' }, json)
  const position = await site.post('/stores', { ...legal, position: '9' }, json)

  assert.deepEqual([route.status, position.status], [422, 422])
  assert.deepEqual([...fieldsOf(await bodyOf(route)), ...fieldsOf(await bodyOf(position))], ['route', 'position'])
})

test('a client without a user has no copy, and gets both on its page', async () => {
  await using site = await TestSite.open()
  const { headers } = await site.post('/stores', { ...legal, createUser: '' })
  const path = headers.get('location') ?? ''
  const before = await (await site.get(path)).text()
  const copy = await site.post('/stores/1/runs')

  const added = await site.post('/stores/1/user', { email: 'la45@example.com' })
  const after = await (await site.get(added.headers.get('location')?.split('#')[0] ?? '')).text()

  assert.match(
    before,
    /Cliente registrado, sin usuario y sin catálogo[\s\S]*Todavía no tiene usuario[\s\S]*value="la45@example\.com"/,
  )
  assert.doesNotMatch(before, /id="run-status"|id="products"|Tienda creada/)
  assert.equal(copy.status, 409)
  assert.equal(added.status, 303)
  assert.match(after, /La copia de productos está en espera[\s\S]*<svg aria-hidden="true"[\s\S]*\/activar\/[\w-]{43}/)
  assert.equal(await countRows(site, 'copy_runs'), 1)
})

test('an address that cannot be the user is told beside the field, and nothing is made', async () => {
  await using site = await TestSite.open()
  await site.addStore('Otra', '555666777')
  await site.post('/stores', { ...legal, createUser: '', email: '' })

  const wrong = await site.post('/stores/2/user', { email: 'x' })
  const taken = await site.post('/stores/2/user', { email: 'tienda555666777@example.com' })
  const missing = await site.post('/stores/2/user')

  assert.deepEqual([wrong.status, taken.status, missing.status], [422, 409, 422])
  assert.match(await wrong.text(), /value="x" aria-invalid="true"[\s\S]*«x» no es un correo/)
  assert.match(await taken.text(), /ya está en uso por la tienda 1[\s\S]*href="\/stores\/1">Ver la tienda que lo tiene/)
  assert.equal((await site.post('/stores/999/user')).status, 404)
  assert.equal(await countRows(site, 'users'), 1)
})

test('a supplier is registered as one, without user, copy or catalogue', async () => {
  await using site = await TestSite.open()

  const { headers } = await site.post('/stores', { ...legal, contactType: 'PROVEEDOR', district: '' })
  const page = await (await site.get(headers.get('location') ?? '')).text()
  const list = await (await site.get('/')).text()

  assert.match(page, /Proveedor registrado\.[\s\S]*>Proveedor<\/span>/)
  assert.doesNotMatch(page, /id="run-status"|id="products"|id="user"/)
  assert.match(list, /Tienda La 45[\s\S]*>Proveedor<\/span>/)
  assert.deepEqual([await countRows(site, 'users'), await countRows(site, 'jobs')], [0, 0])
})

test('neither token nor password is in the database, its log, the jobs or what was logged: their hashes alone', async () => {
  await using site = await TestSite.open()
  const { activationUrl = '' } = await bodyOf(await site.post('/stores', legal, json))
  const token = new URL(activationUrl).pathname.split('/').at(-1) ?? ''
  const password = 'arroz-luna-tambor-9417'

  await site.post(`/activar/${token}`, { password, repeated: 'otra' })
  await site.post(`/activar/${token}`, { password, repeated: password })
  await site.post(`/activar/${token}`, { password, repeated: password })
  await site.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

  const { rows } = await sql<{ file: string }>`pragma database_list`.execute(site.central)
  const written = [...filesBelow(dirname(rows[0]?.file ?? '')), Buffer.from(site.logged.join('\n'))]
  assert.ok(written.some((bytes) => bytes.includes('$argon2id$')))
  assert.ok(written.length > 2)
  for (const secret of [token, password, Buffer.from(token, 'base64url').toString('hex')]) {
    assert.ok(!written.some((bytes) => bytes.includes(secret)), secret)
  }
})

function filesBelow(folder: string): readonly Buffer[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
}

async function countRows(site: TestSite, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(site.central)
  return rows[0]?.n ?? 0
}

function nested(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth))
}

async function postJson({ app }: TestSite, body: string): Promise<Response> {
  const headers = { origin: 'http://localhost:3000', 'content-type': 'application/json' }
  return app.request('http://localhost:3000/stores', { method: 'POST', body, headers })
}

const answerSchema = z
  .object({
    companyId: z.number(),
    runId: z.number(),
    url: z.string(),
    statusUrl: z.string(),
    activationUrl: z.string(),
    existingUrl: z.string(),
    state: z.string(),
    message: z.string(),
    problems: z.array(z.object({ field: z.string(), message: z.string() })),
  })
  .partial()

type Answer = z.infer<typeof answerSchema>

async function bodyOf(answer: Response): Promise<Answer> {
  return answerSchema.parse(await answer.json())
}

function fieldsOf({ problems = [] }: Answer): readonly string[] {
  return problems.map(({ field }) => field)
}
