import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Installation, surtidor } from '../support/installation.ts'
import { TestSite } from '../support/test-site.ts'

const root = dirname(surtidor)

const movingGuides = ['docs/es/mover-desde-laravel.md', 'docs/en/moving-from-laravel.md'] as const

for (const document of ['README.md', 'docs/es/guia.md', 'docs/en/guide.md', ...movingGuides]) {
  test(`the commands of ${document} run`, () => {
    using installation = new Installation()
    symlinkSync(surtidor, installation.path('surtidor'))
    const commands = codeBlocks(document, 'sh').flatMap((block) => block.trim().split('\n'))
    assert.ok(commands.length >= 5)

    for (const command of commands) {
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
        cwd: installation.folder,
        env: { PATH: process.env.PATH, APP_BASE_PATH: installation.folder },
        encoding: 'utf8',
        timeout: 60_000,
      })
      assert.equal(status, 0, `${command}\n${stdout}${stderr}`)
    }
  })
}

for (const document of ['docs/es/guia.md', 'docs/en/guide.md'])
  test(`the registration by a program of ${document} is answered as it says`, async () => {
    await using site = await TestSite.open()
    const [, body = ''] = /^curl http:\/\/localhost:3000\/stores .* -d '([^']+)'$/ms.exec(read(document)) ?? []
    const headers = { origin: 'http://localhost:3000', 'content-type': 'application/json' }

    const answer = await site.app.request('http://localhost:3000/stores', { method: 'POST', body, headers })
    const again = await site.app.request('http://localhost:3000/stores', { method: 'POST', body, headers })

    assert.deepEqual([answer.status, again.status], [201, 409])
    assert.match(await answer.text(), /"companyId":1,.*"statusUrl":"\/stores\/1\/progress","activationUrl":"http/)
    assert.match(await again.text(), /"existingUrl":"\/stores\/1"/)
  })

test('the library code of the README runs as it stands, in at most ten lines', () => {
  using installation = new Installation()
  mkdirSync(installation.path('node_modules/@surtidor'), { recursive: true })
  symlinkSync(join(root, 'packages/queue'), installation.path('node_modules/@surtidor/queue'))
  const [code = ''] = codeBlocks('README.md', 'ts')
  writeFileSync(installation.path('example.ts'), code)

  const output = execFileSync(process.execPath, ['example.ts'], { cwd: installation.folder, encoding: 'utf8' })

  assert.equal(output, 'Hello Rosa\n')
  assert.ok(code.split('\n').filter((line) => line.trim() !== '').length <= 10)
})

for (const document of ['docs/en/queue.md', 'docs/es/cola.md']) {
  test(`the code of ${document} runs, on SQLite and until the queue is empty`, () => {
    using installation = new Installation()
    mkdirSync(installation.path('node_modules/@surtidor'), { recursive: true })
    symlinkSync(join(root, 'packages/queue'), installation.path('node_modules/@surtidor/queue'))
    const [connect = '', dispatch = '', work = '', failed = ''] = codeBlocks(document, 'ts')
    const code = [connect, dispatch, failed, work]
      .join('\n')
      .replace(`{ mysql } from '@surtidor/queue/mysql'`, `{ sqlite } from '@surtidor/queue/sqlite'`)
      .replace(/mysql\('mysql:[^']*', \{ retryAfter: 90, .*\}\)/, `sqlite('jobs.sqlite', { retryAfter: 90 })`)
      .replace('concurrency: 10', 'concurrency: 10, stopWhenEmpty: true')
    const ran = `const writeReport = async (month: string, _: AbortSignal) => console.log(month)
      const months = ['2026-01', '2026-02', 'enero']`
    writeFileSync(installation.path('example.ts'), `${code}`.replace('const report', `${ran}\nconst report`))

    const output = execFileSync(process.execPath, ['example.ts'], { cwd: installation.folder, encoding: 'utf8' })

    assert.deepEqual(output.trim().split('\n').toSorted(), ['2026-01', '2026-02', '2026-11'])
  })
}

for (const document of ['docs/en/transactions.md', 'docs/es/transacciones.md']) {
  test(`the job of ${document} that completes in its transaction runs, on SQLite`, () => {
    using installation = new Installation()
    mkdirSync(installation.path('node_modules/@surtidor'), { recursive: true })
    symlinkSync(join(root, 'packages/queue'), installation.path('node_modules/@surtidor/queue'))
    const block = codeBlocks(document, 'ts').find((code) => code.includes('completeIn')) ?? ''
    const code = block
      .replace('@surtidor/queue/pg', '@surtidor/queue/node-sqlite')
      .replace(/trx\.query\('(.*)\$1\)', \[orderId\]\)/, `trx.prepare('$1?)').run(orderId)`)
    const ran = `import { DatabaseSync } from 'node:sqlite'
      import { createQueue } from '@surtidor/queue'
      import { sqlite } from '@surtidor/queue/sqlite'
      const queue = createQueue({ connection: sqlite('shop.sqlite'), jobs: [bookOrder] })
      await queue.migrate()
      const pool = new DatabaseSync('shop.sqlite')
      pool.exec('create table bookings (order_id text)')
      queue.on('jobProcessed', ({ name }) => console.log(name))
      await queue.dispatch(bookOrder, 'A-1')
      await queue.worker({ stopWhenEmpty: true }).run()
      console.log(pool.prepare('select order_id from bookings').all().length, (await queue.jobs()).length)`
    writeFileSync(installation.path('example.ts'), `${code}\n${ran}`)

    const output = execFileSync(process.execPath, ['example.ts'], { cwd: installation.folder, encoding: 'utf8' })

    assert.equal(output, 'BookOrder\n1 0\n')
  })
}

for (const document of movingGuides) {
  test(`the code of ${document} runs, on SQLite and until the queue is empty`, () => {
    using installation = new Installation()
    mkdirSync(installation.path('node_modules/@surtidor'), { recursive: true })
    symlinkSync(join(root, 'packages/queue'), installation.path('node_modules/@surtidor/queue'))
    const [define = '', dispatch = '', work = ''] = codeBlocks(document, 'ts')
    const onSqlite = define
      .replace(`{ mysql } from '@surtidor/queue/mysql'`, `{ sqlite } from '@surtidor/queue/sqlite'`)
      .replace(/mysql\('mysql:[^']*', /, `sqlite('jobs.sqlite', `)
    const code = [
      `process.env.APP_KEY = 'base64:${Buffer.alloc(32).toString('base64')}'`,
      'const send = async (invoiceId: number) => console.log(invoiceId)',
      onSqlite,
      'await queue.migrate()',
      dispatch,
      `console.log((await queue.jobs())[0]?.payload.includes('O:20:'))`,
      work.replace(`queues: ['default']`, `queues: ['default'], stopWhenEmpty: true`),
    ]
    writeFileSync(installation.path('example.ts'), code.join('\n'))

    const output = execFileSync(process.execPath, ['example.ts'], { cwd: installation.folder, encoding: 'utf8' })

    assert.equal(output, 'true\n7\n')
  })

  test(`every code that laravel:inspect gives stands in ${document}, and every code there is given`, () => {
    const documented = new Set(
      [...read(document).matchAll(/^\| (`[A-Z_\d`, ]+`) \|.*\b(?:info|warning|problem)\b/gm)].flatMap(
        ([, codes = '']) => [...codes.matchAll(/`([A-Z_\d]+)`/g)].map(([, code]) => code),
      ),
    )
    const sources = ['packages/queue/src/inspection/*.ts', 'packages/distribution/src/laravel/*.ts']
    const given = new Set(
      globSync(sources, { cwd: root }).flatMap((file) =>
        [...read(file).matchAll(/\bcode: '([A-Z_\d]+)'/g)].map(([, code]) => code),
      ),
    )

    assert.deepEqual([...documented].toSorted(), [...given].toSorted())
  })
}

test('the README has at most 120 lines and its links lead somewhere', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')

  assert.ok(text.split('\n').length <= 120)
  for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)\)/g)) {
    assert.equal(globSync(target, { cwd: root }).length, 1, target)
  }
})

test('every error code stands in docs/errors.md, and every code there exists', () => {
  const documented = new Set([...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code))
  const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const thrown = new Set(
    sources.flatMap((file) =>
      [...read(file).matchAll(/readonly code(?:: string)? = '([A-Z_]+)'/g)].map(([, code]) => code),
    ),
  )

  assert.deepEqual([...documented].toSorted(), [...thrown].toSorted())
})

function codeBlocks(document: string, language: string): readonly string[] {
  const blocks = read(document).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))
  return [...blocks].map(([, block = '']) => block)
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
