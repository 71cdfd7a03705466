import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestSite } from '../test/support/test-site.ts'

test('every page forbids inline code, frames, sniffing and caching', async () => {
  await using site = await TestSite.open()

  const { headers } = await site.get('/')

  assert.equal(
    headers.get('content-security-policy'),
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.equal(headers.get('referrer-policy'), 'same-origin')
  assert.equal(headers.get('cache-control'), 'no-store')
})

test('a page needs no inline script, style or handler', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.addRun(store, { state: 'running', total: 10, copied: 4 })

  for (const path of ['/', '/stores/new', `/stores/${store}`, '/jobs', '/jobs/failed/flush', '/nada']) {
    const page = await (await site.get(path)).text()

    assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:|hx-on/i, path)
    assert.match(page, /<html lang="es-CO">/, path)
  }
})

test('an address that leads nowhere is a page in Spanish', async () => {
  await using site = await TestSite.open()

  const response = await site.get('/nada')

  assert.equal(response.status, 404)
  assert.match(await response.text(), /No encontramos esta página/)
})

test('the same page speaks English where the locale says so', async () => {
  await using site = await TestSite.open('en')

  const page = await (await site.get('/nada')).text()

  assert.match(page, /<html lang="en">/)
  assert.match(page, /We could not find this page/)
})

test('what breaks is logged under an id, and the page shows the id and nothing else of it', async () => {
  await using site = await TestSite.open()
  await site.central.schema.alterTable('vnt_companies').renameTo('vnt_elsewhere').execute()

  const response = await site.get('/')

  const page = await response.text()
  const errorId = /<code>([0-9a-f-]{36})<\/code>/.exec(page)?.[1]
  assert.equal(response.status, 500)
  assert.ok(errorId)
  assert.match(site.logged.join(), new RegExp(`"errorId":"${errorId}".*no such table`))
  assert.doesNotMatch(page, /no such table|SqliteError|\.ts:|at async/)
})

test('a request larger than 64 KiB is refused with a sentence', async () => {
  await using site = await TestSite.open()

  const response = await site.post('/stores', { name: 'x'.repeat(70_000) })

  assert.equal(response.status, 413)
  assert.match(await response.text(), /hasta 64 KiB/)
})

test('a page carries versioned files that a browser may keep for ever', async () => {
  await using site = await TestSite.open()
  const page = await (await site.get('/')).text()
  const urls = [...page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map((match) => match[1] ?? '')

  const responses = await Promise.all(urls.map((url) => site.get(url)))

  assert.ok(urls.some((url) => url.startsWith('/static/vendor/htmx.js?v=')))
  for (const response of responses) {
    assert.equal(response.status, 200)
    assert.match(response.headers.get('cache-control') ?? '', /immutable/)
  }
})

test('a file that has not changed is not sent again', async () => {
  await using site = await TestSite.open()
  const etag = (await site.get('/static/app.css')).headers.get('etag') ?? ''

  const response = await site.get('/static/app.css', { 'if-none-match': etag })

  assert.equal(response.status, 304)
  assert.equal(await response.text(), '')
})

for (const path of [
  '/static/',
  '/static/../package.json',
  '/static/%2e%2e/http-app.ts',
  '/static/vendor/..%2f..%2fapp.css',
  '/static/app.css%00',
]) {
  test(`no file is served for ${path}`, async () => {
    await using site = await TestSite.open()

    const response = await site.get(path)

    assert.equal(response.status, 404)
  })
}
