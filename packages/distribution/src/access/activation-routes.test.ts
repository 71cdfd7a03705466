import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { TestSite } from '../../test/support/test-site.ts'
import { registerStore } from '../companies/register-store.ts'
import { parseStoreForm } from '../companies/store-form.ts'
import { isPassword } from './password.ts'

const password = 'arroz luna tambor'

test('the person opens the link, sets a password and is told so', async () => {
  await using site = await TestSite.open()
  const path = await invite(site)

  const form = await site.get(path)
  const saved = await site.post(path, { password, repeated: password })
  const told = await site.get(saved.headers.get('location') ?? '')

  const page = await form.text()
  assert.equal(form.status, 200)
  assert.match(page, /Elija su contraseña[\s\S]*value="ana@ejemplo\.co"[\s\S]*autocomplete="new-password"/)
  assert.doesNotMatch(page, /href="\/jobs"/)
  assert.deepEqual([saved.status, told.status], [303, 200])
  assert.match(await told.text(), /Su contraseña quedó guardada/)
  const { password: hash } = await site.central.selectFrom('users').select('password').executeTakeFirstOrThrow()
  assert.equal(await isPassword(password, hash ?? ''), true)
})

test('opening the link does not use it, and it works once', async () => {
  await using site = await TestSite.open()
  const path = await invite(site)
  for (let look = 0; look < 3; look += 1) await site.get(path)

  const first = await site.post(path, { password, repeated: password })
  const second = await site.post(path, { password: 'otra cosa distinta', repeated: 'otra cosa distinta' })
  const again = await site.get(path)

  assert.deepEqual([first.status, second.status, again.status], [303, 410, 410])
  assert.match(await again.text(), /ya se eligió una contraseña/)
})

test('a link of 72 hours ago says that it has expired', async () => {
  await using site = await TestSite.open()
  const path = await invite(site)
  await site.central.updateTable('user_activations').set({ expires_at: '2026-01-01 00:00:00' }).execute()

  const answers = [await site.get(path), await site.post(path, { password, repeated: password })]

  for (const answer of answers) {
    assert.equal(answer.status, 410)
    assert.match(await answer.text(), /venció: servía por 72 horas/)
  }
})

test('an unknown link is not found', async () => {
  await using site = await TestSite.open()

  for (const answer of [await site.get('/activar/x'), await site.post('/activar/x', { password })]) {
    assert.equal(answer.status, 404)
    assert.match(await answer.text(), /No conocemos ese enlace/)
  }
})

for (const [what, typed, field] of [
  ['a short password', { password: 'corta', repeated: 'corta' }, 'password'],
  ['the password of the original application', { password: '12345678', repeated: '12345678' }, 'password'],
  ['the address of the person', { password: 'ana@ejemplo.co', repeated: 'ana@ejemplo.co' }, 'password'],
  ['two different passwords', { password, repeated: 'arroz luna tamborr' }, 'repeated'],
  ['nothing', {}, 'password'],
] as const) {
  test(`${what} is refused beside its field, and what was typed is not sent back`, async () => {
    await using site = await TestSite.open()
    const path = await invite(site)

    const answer = await site.post(path, typed)

    const page = await answer.text()
    assert.equal(answer.status, 422)
    assert.match(page, new RegExp(`id="${field}"[^>]*${field}-problem[^>]*aria-invalid="true" autofocus`))
    assert.doesNotMatch(page, /value="(?:corta|12345678|arroz)/)
    assert.equal((await site.get(path)).status, 200)
  })
}

test('an error behind the link goes into the log without the token', async () => {
  await using site = await TestSite.open()
  const path = await invite(site)
  await sql`drop table user_activations`.execute(site.central)

  const answer = await site.get(path)

  assert.equal(answer.status, 500)
  assert.equal(site.logged.filter((line) => line.includes('request failed')).length, 1)
  assert.ok(!site.logged.join('').includes(path.split('/').at(-1) ?? ''))
})

/** The path of a new store's link. */
async function invite(site: TestSite): Promise<string> {
  const typed = parseStoreForm({ name: 'La 45', identification: '1023456', email: 'ana@ejemplo.co' })
  assert.ok(typed.ok)
  const { user } = await registerStore(site.dependencies, {
    form: typed.form,
    distributorId: await site.dependencies.distributorId(),
  })
  return `/activar/${user?.activation?.token}`
}
