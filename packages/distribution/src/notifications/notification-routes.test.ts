import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestSite } from '../../test/support/test-site.ts'
import { onRunEnded } from '../copy/runs/run-ended.ts'

test('a notice tells how the copy ended, with its counts and the way to the store', async () => {
  await using site = await TestSite.open()
  const { companyId } = await addEnded(site, 'La <45>')

  const page = await (await site.get('/notificaciones')).text()

  assert.match(page, /El catálogo de La &lt;45&gt; está listo/)
  assert.match(page, /Copiados: 4\.950 · Omitidos: 50 · Con errores: 0/)
  assert.ok(page.includes(`href="/stores/${companyId}"`))
  assert.match(page, /Sin leer/)
})

test('every page says how many notices are unread, and one that is read does not count', async () => {
  await using site = await TestSite.open()
  const { id } = await addEnded(site, 'La 45')
  await addEnded(site, 'La 46')

  const before = await (await site.get('/')).text()
  const answer = await site.post(`/notificaciones/${id}/leida`)
  const again = await site.post(`/notificaciones/${id}/leida`)
  const after = await (await site.get('/')).text()

  assert.match(before, />2<span class="visually-hidden"> sin leer</)
  assert.deepEqual([answer.status, answer.headers.get('location'), again.status], [303, '/notificaciones', 303])
  assert.match(after, />1<span class="visually-hidden"> sin leer</)
})

test('marking all as read leaves what came after the page was opened', async () => {
  await using site = await TestSite.open()
  await addEnded(site, 'La 45')
  const { id } = await addEnded(site, 'La 46')
  await addEnded(site, 'La 47')

  await site.post('/notificaciones/leidas', { hasta: String(id) })

  assert.match(await (await site.get('/')).text(), />1<span class="visually-hidden"> sin leer</)
  assert.equal((await site.post('/notificaciones/leidas', { hasta: 'x' })).status, 404)
  assert.equal((await site.post('/notificaciones/x/leida')).status, 404)
})

test('an empty page says so, and a long one goes on', async () => {
  await using site = await TestSite.open()
  const empty = await (await site.get('/notificaciones')).text()
  for (let number = 1; number <= 51; number += 1) await addEnded(site, `T${number}`)

  const first = await (await site.get('/notificaciones')).text()
  const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? []
  const second = await (await site.get(next.replace('&amp;', '&'))).text()

  assert.match(empty, /Todavía no hay avisos/)
  assert.equal(first.match(/<li class="notification/g)?.length, 50)
  assert.equal(second.match(/<li class="notification/g)?.length, 1)
})

async function addEnded(site: TestSite, name: string): Promise<{ readonly id: number; readonly companyId: number }> {
  const companyId = await site.addStore(name)
  const runId = await site.addRun(companyId, { state: 'completed', total: 5_000, copied: 4_950, skipped: 50 })
  await site.central.transaction().execute((trx) => onRunEnded(trx, runId, 'completed'))
  const { id } = await site.central
    .selectFrom('notification_outbox')
    .select('id')
    .where('run_id', '=', runId)
    .where('channel', '=', 'in_app')
    .executeTakeFirstOrThrow()
  return { id, companyId }
}
