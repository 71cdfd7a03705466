import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestSite } from '../../test/support/test-site.ts'

test('without jobs the page says that all is well', async () => {
  await using site = await TestSite.open()

  const page = await (await site.get('/jobs')).text()

  assert.match(page, /Ningún trabajo ha fallado/)
  assert.match(page, /todo está al día/)
  assert.doesNotMatch(page, /Borrar todos/)
})

test('a failed job is shown in plain words with its store, its reason and the rest folded', async () => {
  await using site = await TestSite.open()
  const companyId = await site.addStore('Tienda <La 45>')
  const exception = 'Error: <img src=x onerror=alert(1)>\n    at write (write-page.ts:3:1)'
  await site.addFailedJob({ name: 'CopyProductsToClientJob', data: { companyId, password: 'clave123' }, exception })

  const page = await (await site.get('/jobs')).text()

  assert.match(page, /<h3>Copia de catálogo – Tienda &lt;La 45&gt;<\/h3>/)
  assert.match(page, /<p class="job-error">Error: &lt;img src=x onerror=alert\(1\)&gt;<\/p>/)
  assert.match(page, /<details><summary>Error completo<\/summary><pre>[\s\S]*at write/)
  assert.match(page, /Hasta 3 intentos/)
  assert.doesNotMatch(page, /<img src=x|clave123/)
})

test("a job of Laravel's is shown with its properties, but for what sounds like a secret or cannot be read", async () => {
  await using site = await TestSite.open()
  const name = 'App\\Jobs\\InviteClient'
  const handler = 'Illuminate\\Queue\\CallQueuedHandler@call'
  const properties = 's:4:"city";s:4:"Cali";s:8:"password";s:8:"clave123";s:2:"id";i:9223372036854775807;'
  const command = `O:${name.length}:"${name}":3:{${properties}}`
  await site.addFailedJob({ name, handler, data: { commandName: name, command }, exception: 'x' })
  await site.addFailedJob({ name, handler, data: { commandName: name, command: 'cifrado' }, exception: 'x' })

  const page = await (await site.get('/jobs')).text()

  assert.match(page, /&quot;city&quot;: &quot;Cali&quot;/)
  assert.match(page, /&quot;9223372036854775807&quot;/)
  assert.match(page, /&quot;command&quot;: &quot;••••••&quot;/)
  assert.doesNotMatch(page, /clave123|cifrado/)
})

test('the number of failed jobs stands in the navigation of every page', async () => {
  await using site = await TestSite.open()
  await site.addFailedJob({ name: 'A', data: {}, exception: 'x' })
  await site.addFailedJob({ name: 'B', data: {}, exception: 'x' })

  const page = await (await site.get('/')).text()

  assert.match(page, /Trabajos <span class="count count-bad">Fallidos 2<\/span>/)
})

test('a job is retried once, and the second time the page says that it is gone', async () => {
  await using site = await TestSite.open()
  const uuid = await site.addFailedJob({ name: 'A', data: {}, exception: 'x' })

  const first = await site.post(`/jobs/failed/${uuid}/retry`)
  const second = await site.post(`/jobs/failed/${uuid}/retry`)
  const page = await (await site.get(second.headers.get('location') ?? '')).text()

  assert.deepEqual([first.status, first.headers.get('location')], [303, '/jobs?done=retried'])
  assert.deepEqual([second.status, second.headers.get('location')], [303, '/jobs?done=gone'])
  assert.match(page, /role="status">Ese trabajo ya no está entre los fallidos/)
  assert.equal((await site.queue.jobs()).length, 1)
})

test('a failed job is forgotten, also when somebody was faster', async () => {
  await using site = await TestSite.open()
  const uuid = await site.addFailedJob({ name: 'A', data: {}, exception: 'x' })

  const answers = [await site.post(`/jobs/failed/${uuid}/forget`), await site.post('/jobs/failed/no-such/forget')]

  assert.deepEqual(
    answers.map(({ headers }) => headers.get('location')),
    ['/jobs?done=forgotten', '/jobs?done=gone'],
  )
  assert.equal(await site.queue.countFailed(), 0)
})

test('all failed jobs are retried at once, and the page says how many', async () => {
  await using site = await TestSite.open()
  for (const name of ['A', 'B', 'C']) await site.addFailedJob({ name, data: {}, exception: 'x' })

  const before = await (await site.get('/jobs')).text()
  const response = await site.post('/jobs/failed/retry')
  const after = await (await site.get(response.headers.get('location') ?? '')).text()

  assert.match(before, /Reintentar los 3/)
  assert.match(after, /Volvieron a la cola: 3\./)
  assert.equal((await site.queue.jobs()).length, 3)
})

test('deleting all failed jobs asks first on a page of its own', async () => {
  await using site = await TestSite.open()
  await site.addFailedJob({ name: 'A', data: {}, exception: 'x' })

  const question = await (await site.get('/jobs/failed/flush')).text()
  const stillThere = await site.queue.countFailed()
  const response = await site.post('/jobs/failed/flush')

  assert.match(
    question,
    /<form method="post" action="\/jobs\/failed\/flush"><button class="button button-danger">Sí, borrar 1</,
  )
  assert.equal(stillThere, 1)
  assert.equal(response.headers.get('location'), '/jobs?done=flushed&count=1')
  assert.equal(await site.queue.countFailed(), 0)
})

for (const action of ['retry', 'flush', 'x/retry', 'x/forget']) {
  test(`another site cannot send ${action}`, async () => {
    await using site = await TestSite.open()
    await site.addFailedJob({ name: 'A', data: {}, exception: 'x' })

    const response = await site.post(`/jobs/failed/${action}`, {}, { origin: 'http://evil.example' })

    assert.equal(response.status, 403)
    assert.equal(await site.queue.countFailed(), 1)
  })
}

test('jobs that wait, are delayed or run are told apart', async () => {
  await using site = await TestSite.open()
  const companyId = await site.addStore('Tienda La 45')
  await site.queue.push('CopyProductsToClientJob', { companyId })
  await site.queue.push('App\\Jobs\\SendInvoice', {}, { delay: 600, queue: 'mail' })

  const page = await (await site.get('/jobs')).text()

  assert.match(page, /Copia de catálogo – Tienda La 45[\s\S]*En espera[\s\S]*SendInvoice[\s\S]*Aplazado[\s\S]*mail/)
})

test('a delayed job says when its next attempt is, and a waiting one since when', async () => {
  await using site = await TestSite.open()
  await site.queue.push('App\\Jobs\\SendReceipt', {})
  await site.queue.push('App\\Jobs\\SendInvoice', {}, { delay: 600 })

  const page = await (await site.get('/jobs')).text()

  assert.match(page, /En espera[\s\S]*Desde el <time[\s\S]*Aplazado[\s\S]*Próximo intento: <time/)
})

test('the number of pending jobs is shown, on the first pages as the least it can be', async () => {
  await using site = await TestSite.open()
  for (let number = 0; number < 55; number += 1) await site.queue.push('A', {})

  const first = await (await site.get('/jobs')).text()
  const second = await (await site.get('/jobs?pending=50')).text()

  assert.match(first, /Pendientes <span class="count">más de 50</)
  assert.match(second, /Pendientes <span class="count">55</)
})

test('a payload that nobody can read is shown as it stands', async () => {
  await using site = await TestSite.open()
  await site.addFailedJob({ name: 'A', data: 'O:8:"stdClass":0:{}', exception: '' })

  const response = await site.get('/jobs')

  assert.equal(response.status, 200)
  assert.match(await response.text(), /O:8:/)
})

test('more than fifty failed jobs are read page by page', async () => {
  await using site = await TestSite.open()
  for (let number = 0; number < 55; number += 1)
    await site.addFailedJob({ name: `Job${number}.`, data: {}, exception: 'x' })

  const first = await (await site.get('/jobs')).text()
  const next = /rel="next" href="([^"#]+)/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = await (await site.get(next)).text()

  const count = (page: string) => page.match(/<li class="job"/g)?.length
  assert.deepEqual([count(first), count(second)], [50, 5])
})

for (const query of [
  'failed=-1',
  'failed=abc',
  `pending=${'9'.repeat(30)}`,
  'done=__proto__',
  'done=%3Cb%3E',
  'done=flushed&count=-3',
]) {
  test(`the page bears ${query} in its address`, async () => {
    await using site = await TestSite.open()

    const response = await site.get(`/jobs?${query}`)

    assert.equal(response.status, 200)
    assert.doesNotMatch(await response.text(), /<b>|undefined/)
  })
}
