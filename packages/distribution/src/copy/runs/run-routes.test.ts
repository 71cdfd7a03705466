import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { storeItem, TestSite } from '../../../test/support/test-site.ts'

test('a run is followed from its first product to its end without asking again', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'running', total: 1034, copied: 0 })
  const events = readEvents(await site.get(`/stores/${store}/events`))

  const first = await nextMessage(events)
  await site.moveRun(run, { copied: 800, skipped: 12 })
  const second = await nextMessage(events)
  await site.moveRun(run, { copied: 1022, state: 'completed' })
  const rest = await collect(events)

  assert.match(first.data, /hx-target="#run-progress"[\s\S]*0 de 1\.034 productos/)
  assert.match(second.data, /value="812"[\s\S]*812 de 1\.034 productos/)
  assert.match(rest.find(({ event, data }) => event === '' && data.includes('Completa'))?.data ?? '', /Copia terminada/)
  assert.deepEqual(rest.at(-1), { event: 'run-ended', data: 'completed' })
})

test('what screen readers say is sent at each quarter, not at every page', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'running', total: 100 })
  const events = readEvents(await site.get(`/stores/${store}/events`))
  const said = [(await nextMessage(events)).data.includes('#run-status')]

  for (const copied of [1, 20, 30, 31]) {
    await site.moveRun(run, { copied })
    said.push((await nextMessage(events, `${copied} de 100`)).data.includes('#run-status'))
  }
  await events.return(undefined)

  assert.deepEqual(said, [true, false, false, true, false])
})

test('a run that has ended is told once and the stream closes', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.addRun(store, { state: 'failed', total: 10, copied: 3, error: '<b>disco lleno</b>' })

  const response = await site.get(`/stores/${store}/events`)
  const events = await collect(readEvents(response))

  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.equal(response.headers.get('x-accel-buffering'), 'no')
  assert.deepEqual(
    events.map(({ event }) => event),
    ['', 'run-ended'],
  )
  assert.match(events[0]?.data ?? '', /&lt;b&gt;disco lleno/)
})

test('a store with six open streams sends the seventh page to asking', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.addRun(store, { state: 'running', total: 10 })
  const open = await Promise.all(Array.from({ length: 6 }, () => site.get(`/stores/${store}/events`)))

  const seventh = await site.get(`/stores/${store}/events`)
  const answer = await seventh.text()
  for (const response of open) await response.body?.cancel()

  assert.deepEqual(
    open.map(({ status }) => status),
    [200, 200, 200, 200, 200, 200],
  )
  assert.equal(seventh.status, 503)
  assert.match(answer, /hx-get="\/stores\/\d+\/progress" hx-trigger="every 3s"/)
})

test('who asks gets the news, and at the end nothing that asks again', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'running', total: 10, copied: 4 })

  const running = await site.get(`/stores/${store}/progress`)
  await site.moveRun(run, { state: 'completed', copied: 10 })
  const ended = await site.get(`/stores/${store}/progress`)

  assert.match(await running.text(), /4 de 10 productos/)
  assert.equal(ended.headers.get('hx-trigger'), 'run-ended')
  assert.doesNotMatch(await ended.text(), /every 3s/)
})

test('copying again starts one run and one job, however often the button is pressed', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.addRun(store, { state: 'completed', total: 3, copied: 3 })

  const answers = await Promise.all([site.post(`/stores/${store}/runs`), site.post(`/stores/${store}/runs`)])

  const runs = await site.central.selectFrom('copy_runs').select('state').execute()
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers.get('location')]),
    [
      [303, `/stores/${store}`],
      [303, `/stores/${store}`],
    ],
  )
  assert.deepEqual(
    runs.map(({ state }) => state),
    ['completed', 'pending'],
  )
  assert.equal((await site.queue.jobs()).length, 1)
})

for (const state of ['failed', 'running'] as const) {
  test(`a ${state} run that was interrupted before it knew its total says nothing about counting`, async () => {
    await using site = await TestSite.open()
    const store = await site.addStore('Tienda La 45')
    await site.addRun(store, { state, error: 'El disco está lleno.' })

    const page = await (await site.get(`/stores/${store}`)).text()

    assert.match(page, /El disco está lleno\./)
    assert.doesNotMatch(page, /Contando|0 %|<progress/)
  })
}

test('the button to copy again is there only when no copy runs', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'running', total: 3 })

  const running = await (await site.get(`/stores/${store}`)).text()
  await site.moveRun(run, { state: 'failed' })
  const failed = await (await site.get(`/stores/${store}`)).text()

  assert.doesNotMatch(running, /Copiar de nuevo/)
  assert.match(failed, /Copiar de nuevo/)
  assert.doesNotMatch(failed, /hx-sse:connect/)
})

test('the buttons pause, resume and cancel a copy, and each is there only when its state allows it', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'running', total: 10 })
  const press = (action: string) => site.post(`/stores/${store}/runs/${run}/${action}`)
  const state = async () => (await site.central.selectFrom('copy_runs').select('state').executeTakeFirstOrThrow()).state
  const buttons = async () => {
    const page = await (await site.get(`/stores/${store}`)).text()
    return [...page.matchAll(/runs\/\d+\/(pause|resume|cancel)"/g)].map(([, action]) => action)
  }
  const seen: unknown[] = []

  for (const action of ['pause', 'resume', 'resume', 'cancel', 'pause']) {
    const shown = await buttons()
    const { status } = await press(action)
    seen.push([shown, action, status, await state()])
  }

  assert.deepEqual(seen, [
    [['pause', 'cancel'], 'pause', 303, 'paused'],
    [['resume', 'cancel'], 'resume', 303, 'pending'],
    [['pause', 'cancel'], 'resume', 303, 'pending'],
    [['pause', 'cancel'], 'cancel', 303, 'cancelled'],
    [['resume'], 'pause', 303, 'cancelled'],
  ])
  assert.equal((await site.queue.jobs()).length, 1)
})

test('a copy is moved only through its own store, and only from our own pages', async () => {
  await using site = await TestSite.open()
  const [store, other] = [await site.addStore('Tienda La 45'), await site.addStore('Tienda La 46')]
  const run = await site.addRun(store, { state: 'running', total: 10 })

  const answers = [
    await site.post(`/stores/${other}/runs/${run}/cancel`),
    await site.post(`/stores/${store}/runs/999/cancel`),
    await site.post(`/stores/${store}/runs/${run}/explode`),
    await site.get(`/stores/${other}/runs/${run}/undo`),
    await site.post(`/stores/${other}/runs/${run}/undo`),
    await site.post(`/stores/${store}/runs/${run}/cancel`, {}, { origin: 'http://ejemplo.co' }),
  ]

  assert.deepEqual(
    answers.map(({ status }) => status),
    [404, 404, 404, 404, 404, 403],
  )
  assert.equal((await site.central.selectFrom('copy_runs').select('state').executeTakeFirst())?.state, 'running')
})

test('a copy is undone once a person has seen what that removes and what stays', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'completed', total: 2, copied: 2 })
  await site.fillStore(store, async (database) => {
    const brought = { copied_run_id: run, content_hash: 'another' }
    await database
      .insertInto('tat_items')
      .values(
        [1, 2].map((id) => ({ ...storeItem(store, { ...brought, item_father_id: id, sku: `SKU-${id}` }), stock: id })),
      )
      .execute()
  })

  const page = await (await site.get(`/stores/${store}`)).text()
  const question = await (await site.get(`/stores/${store}/runs/${run}/undo`)).text()
  const before = await site.central.selectFrom('copy_runs').select('state').executeTakeFirstOrThrow()
  const done = await site.post(`/stores/${store}/runs/${run}/undo`)
  const again = await site.post(`/stores/${store}/runs/${run}/undo`)

  assert.match(page, /<a class="button button-quiet" href="\/stores\/\d+\/runs\/\d+\/undo">Deshacer la copia…</)
  assert.match(question, /No hay productos por quitar[\s\S]*Con existencias: 2/)
  assert.equal(before.state, 'completed')
  assert.deepEqual([done.status, again.status, done.headers.get('location')], [303, 303, `/stores/${store}`])
  assert.equal((await site.central.selectFrom('copy_runs').select('state').executeTakeFirst())?.state, 'cancelled')
})

test('a copy that is at work is not undone, and its page offers no such thing', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'running', total: 10 })

  const page = await (await site.get(`/stores/${store}`)).text()
  const answers = [
    await site.get(`/stores/${store}/runs/${run}/undo`),
    await site.post(`/stores/${store}/runs/${run}/undo`),
  ]

  assert.doesNotMatch(page, /\/undo"/)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [303, 303],
  )
  assert.equal((await site.central.selectFrom('copy_runs').select('state').executeTakeFirst())?.state, 'running')
})

test('who asks whether there is a report keeps no store open', async () => {
  await using site = await TestSite.open()
  const store = await storeWithOutcomes(site, 4_000)
  const path = `http://localhost:3000/stores/${store}/report.csv`

  const heads = await Promise.all(Array.from({ length: 40 }, () => site.app.request(path, { method: 'HEAD' })))
  const report = await (await site.get(`/stores/${store}/report.csv`)).text()

  assert.ok(heads.every(({ status, headers }) => status === 200 && headers.get('content-type')?.startsWith('text/csv')))
  assert.equal(report.split('\r\n').length, 4_002)
})

test('a report that cannot be read to its end says so, in the file and in the log', async () => {
  await using site = await TestSite.open()
  const store = await storeWithOutcomes(site, 20_000)
  const response = await site.get(`/stores/${store}/report.csv`)
  assert.equal(response.status, 200)

  await site.fillStore(store, (database) => database.schema.dropTable('copy_outcomes').execute())
  const report = await response.text()

  assert.match(report, /^SKU;[\s\S]*\r\nEste informe está incompleto: descárguelo de nuevo\.\r\n$/)
  assert.match(site.logged.join(), /no such table: copy_outcomes.*report was cut short/)
})

/** With a copy that passed over so many products. */
async function storeWithOutcomes(site: TestSite, count: number): Promise<number> {
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'completed', total: count, skipped: count })
  await site.fillStore(store, async (database) => {
    const receipt = { run_id: run, company_id: store, epoch: 1, max_source_id: count, total: count }
    await database
      .insertInto('copy_receipts')
      .values({ ...receipt, status: 'done', finished_at: null })
      .execute()
    await sql`
      insert into copy_outcomes (run_id, source_item_id, sku, outcome, reason)
      with recursive each_one (i) as (select 1 union all select i + 1 from each_one where i < ${count})
      select ${run}, i, 'SKU-' || i, 'skipped', 'sku_taken' from each_one`.execute(database)
  })
  return store
}

interface ServerEvent {
  readonly event: string
  readonly data: string
}

async function* readEvents(response: Response): AsyncGenerator<ServerEvent> {
  assert.equal(response.status, 200)
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = `${text}${chunk}`.split('\n\n')
    text = blocks.pop() ?? ''
    yield* blocks.filter((block) => !block.startsWith(':')).map(parseEvent)
  }
}

async function collect(events: AsyncGenerator<ServerEvent>): Promise<readonly ServerEvent[]> {
  const all: ServerEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

function parseEvent(block: string): ServerEvent {
  const lines = block.split('\n')
  const values = (field: string) =>
    lines.filter((line) => line.startsWith(`${field}: `)).map((line) => line.slice(field.length + 2))
  return { event: values('event')[0] ?? '', data: values('data').join('\n') }
}

/** Passes over named events and older news. */
async function nextMessage(events: AsyncGenerator<ServerEvent>, containing = ''): Promise<ServerEvent> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error('the stream ended')
    if (value.event === '' && value.data.includes(containing)) return value
  }
}
