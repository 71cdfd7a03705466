import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { type HttpEnvironment, refuseForeignHosts, refuseForeignOrigins } from './request-guard.ts'

function guarded(): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.use(refuseForeignHosts('es'), refuseForeignOrigins('es'))
  app.all('/', (c) => c.text('done'))
  return app
}

const onPort3000: HttpEnvironment['Bindings'] = { incoming: { socket: { localPort: 3000 } } }

for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'LOCALHOST:3000']) {
  test(`a request for ${host} is answered`, async () => {
    const response = await guarded().request('/', { headers: { host } }, onPort3000)

    assert.equal(response.status, 200)
  })
}

for (const host of [
  'evil.example',
  'localhost:3001',
  'localhost',
  'localhost.evil.example:3000',
  '127.0.0.1.nip.io:3000',
  '',
]) {
  test(`a request for «${host}» is refused and says where to go`, async () => {
    const response = await guarded().request('/', { headers: { host } }, onPort3000)

    assert.equal(response.status, 403)
    assert.match(await response.text(), /Abra http:\/\/localhost:3000 en este mismo equipo/)
  })
}

test('a form of our own page may change something', async () => {
  const headers = { host: 'localhost:3000', origin: 'http://localhost:3000' }

  const response = await guarded().request('/', { method: 'POST', headers }, onPort3000)

  assert.equal(response.status, 200)
})

for (const origin of [
  'http://evil.example',
  'null',
  'https://localhost:3000',
  'http://localhost:3001',
  'http://127.0.0.1:3000',
]) {
  test(`a change from the origin ${origin} is refused`, async () => {
    const headers = { host: 'localhost:3000', origin }

    const response = await guarded().request('/', { method: 'POST', headers }, onPort3000)

    assert.equal(response.status, 403)
    assert.match(await response.text(), /«Origin: http:\/\/localhost:3000»/)
  })
}

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
  test(`a ${method} that does not say where it comes from is refused`, async () => {
    const response = await guarded().request('/', { method, headers: { host: 'localhost:3000' } }, onPort3000)

    assert.equal(response.status, 403)
    assert.match(await response.text(), /no dice de dónde viene/)
  })
}
