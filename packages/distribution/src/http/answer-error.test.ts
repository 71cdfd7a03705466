import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseBusyError, DatabaseUnusableError } from '@surtidor/queue'
import { Hono } from 'hono'
import { TestSite } from '../../test/support/test-site.ts'
import { UnknownDistributorError } from '../tenancy/distributor.ts'
import { answerError } from './answer-error.ts'
import { createSite } from './site.ts'

test('a busy database asks for patience and does not name the file', async () => {
  await using site = await TestSite.open()

  const { status, page } = await pageFor(new DatabaseBusyError('/secret/place.sqlite', 10), site)

  assert.equal(status, 503)
  assert.match(page, /La base de datos está ocupada/)
  assert.doesNotMatch(page, /secret/)
})

for (const [who, error] of [
  ['the queue', new DatabaseUnusableError('/secret/place.sqlite', 'disk_full')],
  ['SQLite', Object.assign(new Error('database or disk is full'), { errcode: 13 })],
] as const) {
  test(`a full disk that ${who} tells of is said so`, async () => {
    await using site = await TestSite.open()

    const { status, page } = await pageFor(error, site)

    assert.equal(status, 507)
    assert.match(page, /El disco del servidor está lleno y no se hizo nada/)
    assert.doesNotMatch(page, /secret/)
  })
}

test('an error made for people is shown in its own words', async () => {
  await using site = await TestSite.open()
  const error = new UnknownDistributorError('<b>')

  const { status, page } = await pageFor(error, site)

  assert.equal(status, 409)
  assert.match(page, /&lt;b&gt;/)
  assert.deepEqual(site.logged, [])
})

async function pageFor(error: Error, site: TestSite): Promise<{ readonly status: number; readonly page: string }> {
  const app = new Hono()
  app.get('/', () => {
    throw error
  })
  app.onError((thrown, c) => answerError(thrown, c, createSite(site.dependencies)))
  const response = await app.request('/')
  return { status: response.status, page: await response.text() }
}
