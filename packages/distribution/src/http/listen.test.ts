import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { Hono } from 'hono'
import { listen, PortInUseError } from './listen.ts'
import { type HttpEnvironment, refuseForeignHosts } from './request-guard.ts'

function smallApp(): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.use(refuseForeignHosts('es'))
  return app.get('/', (c) => c.text('aquí'))
}

test('the server answers at its address until it is closed', async () => {
  const server = await listen(smallApp(), { port: 0 })

  const answer = await (await fetch(server.url.replace('localhost', '127.0.0.1'))).text()
  await server.close()

  assert.equal(answer, 'aquí')
  await assert.rejects(fetch(server.url))
})

test('a name that was pointed at this machine is refused', async () => {
  const server = await listen(smallApp(), { port: 0 })
  const { port } = new URL(server.url)

  const status = await statusFor({ port, host: `evil.example:${port}` })
  await server.close()

  assert.equal(status, 403)
})

test('a port that is taken is named together with the way out', async () => {
  const server = await listen(smallApp(), { port: 0 })
  const port = Number(new URL(server.url).port)

  const second = listen(smallApp(), { port })

  await assert.rejects(second, (error: unknown) => {
    assert.ok(error instanceof PortInUseError)
    assert.match(error.text.es, new RegExp(`El puerto ${port} ya está en uso.*PORT=\\d+ npm start`))
    return true
  })
  await server.close()
})

function statusFor({ port, host }: { readonly port: string; readonly host: string }): Promise<number | undefined> {
  const answered = Promise.withResolvers<number | undefined>()
  request({ host: '127.0.0.1', port, headers: { host } }, (response) => {
    response.resume()
    answered.resolve(response.statusCode)
  })
    .on('error', answered.reject)
    .end()
  return answered.promise
}
