import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distributor, TestSite } from '../../test/support/test-site.ts'
import { setConcurrency } from './sync-settings.ts'

test('a publication is shown store by store, with what is done and what waits', async () => {
  await using site = await TestSite.open()
  const { id, stores } = await publication(site, 3)
  await site.central
    .updateTable('copy_runs')
    .set({ state: 'running', total: 1_034, copied: 517 })
    .where('company_id', '=', stores[0] ?? 0)
    .execute()

  const list = await (await site.get('/publicaciones')).text()
  const page = await (await site.get(`/publicaciones/${id}`)).text()

  assert.match(list, new RegExp(`<a href="/publicaciones/${id}">Publicación ${id}</a>[\\s\\S]*En marcha`))
  assert.match(page, /<progress max="100" value="16" aria-label="Avance de la publicación">/)
  assert.match(page, /0 de 3 tiendas terminadas[\s\S]*Espera su turno<\/dt><dd>2</)
  assert.match(page, /<a href="\/stores\/\d+">Tienda 1<\/a>[\s\S]*Copiando[\s\S]*517\/1\.034/)
  assert.match(page, /hx-get="\/publicaciones\/\d+" hx-trigger="every 3s"/)
  assert.match(page, /<noscript>/)
})

test('the buttons pause, resume and cancel it, each there only when its state allows it, and do no harm too late', async () => {
  await using site = await TestSite.open()
  const { id } = await publication(site, 2)
  const seen: unknown[] = []

  for (const action of ['pause', 'pause', 'resume', 'cancel', 'resume']) {
    const page = await (await site.get(`/publicaciones/${id}`)).text()
    const buttons = [...page.matchAll(/publicaciones\/\d+\/(pause|resume|cancel)"/g)].map(([, each]) => each)
    const { status } = await site.post(`/publicaciones/${id}/${action}`)
    const { state } = await site.central.selectFrom('sync_batches').select('state').executeTakeFirstOrThrow()
    seen.push([buttons, action, status, state])
  }

  assert.deepEqual(seen, [
    [['pause', 'cancel'], 'pause', 303, 'paused'],
    [['resume', 'cancel'], 'pause', 303, 'paused'],
    [['resume', 'cancel'], 'resume', 303, 'running'],
    [['pause', 'cancel'], 'cancel', 303, 'cancelled'],
    [[], 'resume', 303, 'cancelled'],
  ])
})

test('one store is taken out, and the others go on', async () => {
  await using site = await TestSite.open()
  const { id, stores } = await publication(site, 3)

  const answer = await site.post(`/publicaciones/${id}/stores/${stores[1]}/cancel`)
  const page = await (await site.get(`/publicaciones/${id}`)).text()

  assert.equal(answer.status, 303)
  assert.match(page, /1 de 3 tiendas terminadas/)
  assert.doesNotMatch(page, new RegExp(`stores/${stores[1]}/cancel`))
  assert.match(page, new RegExp(`stores/${stores[2]}/cancel`))
})

test('a publication that has ended does not say of a cancelled store that it has the catalogue', async () => {
  await using site = await TestSite.open()
  const { id, stores } = await publication(site, 2)
  await site.post(`/publicaciones/${id}/stores/${stores[1]}/cancel`)
  const end = site.central
    .updateTable('copy_runs')
    .set({ state: 'completed' })
    .where('company_id', '=', stores[0] ?? 0)
  await end.execute()
  await site.central.updateTable('sync_batches').set({ state: 'completed' }).execute()

  const page = await (await site.get(`/publicaciones/${id}`)).text()

  assert.match(page, /a las tiendas canceladas no llegó todo el catálogo/)
  assert.doesNotMatch(page, /llegó a todas las tiendas/)
})

test('a publication with many stores is shown a hundred at a time', async () => {
  await using site = await TestSite.open()
  const { id } = await publication(site, 130)

  const first = await (await site.get(`/publicaciones/${id}`)).text()
  const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? []
  const second = await (await site.get(next)).text()

  assert.deepEqual([rowsOf(first), rowsOf(second)], [100, 30])
})

test('what is another distributor’s, or not there, is not found; and nobody acts from a page that is not ours', async () => {
  await using site = await TestSite.open('en')
  const { id, stores } = await publication(site, 1)
  const foreign = { id: '00000000-0000-4000-8000-000000000002', name: 'Otra' }
  await site.central
    .insertInto('tenants')
    .values({ ...distributor, ...foreign })
    .execute()
  const empty = await (await site.get('/publicaciones/999')).text()
  const outside = await site.post(`/publicaciones/${id}/cancel`, {}, { origin: 'http://ejemplo.co' })
  const unknown = await site.post(`/publicaciones/${id}/stores/${Number(stores[0]) + 99}/cancel`)
  await site.central.updateTable('sync_batches').set({ tenant_id: foreign.id }).execute()

  const list = await (await site.get('/publicaciones')).text()
  const answers = [
    await site.get(`/publicaciones/${id}`),
    await site.post(`/publicaciones/${id}/cancel`),
    await site.post(`/publicaciones/${id}/stores/${stores[0]}/cancel`),
  ]

  assert.match(empty, /404/)
  assert.deepEqual([outside.status, unknown.status], [403, 404])
  assert.match(list, /There are no publications yet/)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [404, 404, 404],
  )
})

function rowsOf(page: string): number {
  return [...page.matchAll(/<tr role="row" id="store-/g)].length
}

/** Of stores that have their database, one of which is copied at a time. */
async function publication(site: TestSite, count: number) {
  const stores: number[] = []
  for (let number = 1; number <= count; number += 1)
    stores.push(await site.addStore(`Tienda ${number}`, `${900 + number}`))
  await setConcurrency(site.central, distributor.id, 1)
  return { id: await site.addBatch(), stores }
}
