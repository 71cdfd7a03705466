import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { eventually } from '../../../queue/test/support/eventually.ts'
import { Installation } from '../support/installation.ts'

const priceList = [
  'codigo;descripcion;costo;categoria;iva',
  '100;"ARROZ ""FINO"" 500 G";2.500;Abarrotes;0',
  '101;PANELA 1 KG;4300,50;Abarrotes;5',
  '102;JABÓN BARRA;102;Aseo;19',
  '101;PANELA 1 KG;4300;Abarrotes;5',
  '103;SIN PRECIO;;Aseo;19',
].join('\r\n')

const registration = [
  'store:create',
  '--name=Tienda La 45',
  '--identification=12345678',
  '--email=la45@example.co',
] as const

test('a store is registered, stocked, verified, and nothing changes when all is done again', async () => {
  using installation = new Installation()
  writeFileSync(installation.path('lista.csv'), priceList, 'latin1')

  const imported = await installation.run('catalog:import', 'lista.csv')
  const created = await installation.run(...registration)
  const before = installation.central('select state from copy_runs')
  const worked = await installation.run('queue:work', '--stop-when-empty')
  const verified = await installation.run('copy:verify', '--all')

  assert.deepEqual(
    [imported.code, created.code, worked.code, verified.code],
    [0, 0, 0, 0],
    imported.errors + created.errors,
  )
  assert.match(imported.output, /101: líneas 3, 5/)
  assert.deepEqual(
    before.map(({ state }) => state),
    ['pending'],
  )
  assert.match(worked.output, /CopyProductsToClientJob \.+ RUNNING\n.*CopyProductsToClientJob \.+ [\d.,]+ms DONE/)
  assert.match(verified.output, /0 faltantes, 0 duplicados, 0 alterados/)
  assert.deepEqual(installation.central('select * from jobs'), [])
  assert.deepEqual(installation.central('select * from failed_jobs'), [])
  const rows = 'select sku, name, cost, price, status, updated_at from tat_items order by sku'
  const stocked = installation.store(1, rows)
  assert.deepEqual(
    stocked.map(({ sku, name, cost, price, status }) => [sku, name, cost, price, status]),
    [
      ['100', 'ARROZ "FINO" 500 G', 2500, 3600, 1],
      ['101', 'PANELA 1 KG', 4300, 6100, 1],
      ['102', 'JABÓN BARRA', 102, 200, 1],
      ['103', 'SIN PRECIO', 0, 0, 0],
      ['GENERICO', 'PRODUCTO GENERICO', 0, 0, 1],
    ],
  )

  for (const round of [1, 2]) {
    assert.equal((await installation.run('catalog:import', 'lista.csv')).code, 0)
    assert.equal((await installation.run('copy:start', '1')).code, 0)
    assert.equal((await installation.run('queue:work', '--stop-when-empty')).code, 0)
    assert.equal((await installation.run('copy:verify', '--all')).code, 0, `round ${round}`)
  }

  assert.deepEqual(installation.store(1, rows), stocked)
  assert.deepEqual(
    installation.central('select count(*) as total from inv_values').map((row) => ({ ...row })),
    [{ total: 3 }],
  )
})

test('a command on a store that lacks its tables says so in a sentence with the next step', async () => {
  using installation = new Installation()
  writeFileSync(installation.path('lista.csv'), priceList, 'latin1')
  await installation.run('catalog:import', 'lista.csv')
  await installation.run(...registration)
  await installation.run('queue:work', '--stop-when-empty')
  const [tenant] = installation.central('select db_name as name from tenants where company_id = 1')
  const store = new DatabaseSync(installation.path(`storage/tenants/${tenant?.name}.sqlite`))
  store.exec('drop table tat_items')
  store.close()

  const { code, output, errors } = await installation.run('store:price', '1', 'SKU-1', '100')

  assert.deepEqual([code, output], [1, ''])
  assert.match(
    errors,
    /^A la base de datos de la tienda le faltan tablas .*ejecute «tenants:migrate».*tat_items\)\.\n$/,
  )
})

test('the log tells the whole life of a copy to who greps for its job', async () => {
  using installation = new Installation()
  writeFileSync(installation.path('lista.csv'), priceList, 'latin1')
  await installation.run('catalog:import', 'lista.csv')
  await installation.run(...registration)
  await installation.run('queue:work', '--stop-when-empty')

  const log = readFileSync(installation.path('storage/logs/surtidor.log'), 'utf8')

  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const life = lines.filter((line) => line.job === 'CopyProductsToClientJob')
  assert.deepEqual(
    life.map(({ event }) => event),
    ['dispatched', 'started', 'page', 'finished'],
  )
  assert.ok(
    life.every((line) => line.run === 1 && line.company === 1),
    JSON.stringify(life),
  )
  assert.equal(life.at(-1).copied, 4)
  assert.equal(lines.filter((line) => line.msg === 'Usuario creado exitosamente').length, 1)
  assert.doesNotMatch(log, /la45@example\.co|12345678/)
})

test('queue:listen works each job in a process of its own, and ends when it is told to', async () => {
  using installation = new Installation()
  writeFileSync(installation.path('lista.csv'), priceList, 'latin1')
  await installation.run('catalog:import', 'lista.csv')
  await installation.run(...registration)

  const listening = installation.start('queue:listen', '--sleep=0.1')
  let output = ''
  listening.stdout?.on('data', (data) => {
    output += data
  })
  await eventually(() => /CopyProductsToClientJob \.+ [\d.,]+ms DONE/.test(output), 30)
  await eventually(() => installation.central('select * from jobs').length === 0, 30)
  listening.kill('SIGTERM')
  const [code] = await once(listening, 'exit')

  assert.equal(code, 0)
  assert.match(output, /Procesando los trabajos de la cola \[default\]\./)
  assert.deepEqual(installation.central('select * from jobs'), [])
})

test('the version is that of the package', async () => {
  using installation = new Installation()

  const { output, code } = await installation.run('--version')

  assert.equal(code, 0)
  assert.match(output, /^Surtidor \d+\.\d+\.\d+\n$/)
})

test('any command works on a fresh folder: it writes settings and database for their owner only', async () => {
  using installation = new Installation()

  const listed = await installation.run('queue:failed')

  assert.equal(listed.code, 0)
  assert.match(listed.output, /No hay trabajos fallidos/)
  const env = readFileSync(installation.path('.env'), 'utf8')
  assert.match(env, /^APP_KEY=base64:[A-Za-z0-9+/]{43}=$/m)
  for (const name of ['.env', 'storage/database/surtidor.sqlite', 'storage/logs/surtidor.log']) {
    assert.equal(statSync(installation.path(name)).mode & 0o077, 0, name)
  }
})

test('the language is that of APP_LOCALE', async () => {
  using installation = new Installation({ APP_LOCALE: 'en' })

  assert.match((await installation.run('queue:failed')).output, /No failed jobs found/)
})

for (const [title, words, code, sentence] of [
  ['a missing file', ['catalog:import', 'nada.csv'], 1, /nada\.csv/],
  ['a folder as price list', ['catalog:import', '.'], 1, /\S/],
  ['no file', ['catalog:import'], 2, /FILE|archivo/i],
  ['an unknown distributor', ['catalog:import', 'lista.csv', '--tenant=x'], 1, /x/],
  ['an unknown run', ['copy:status', '99'], 1, /99/],
  ['a run that is no number', ['copy:verify', 'abc'], 2, /abc/],
  ['a check of nothing', ['copy:verify'], 2, /--all/],
  ['an unknown store', ['copy:start', '99'], 1, /99/],
  ['a store without a name', ['store:create', '--identification=12345678', '--email=a@example.co'], 2, /--name/],
  ['a bad e-mail', ['store:create', '--name=Tienda', '--identification=12345678', '--email=nada'], 1, /nada|correo/i],
  [
    'a bad identification',
    ['store:create', '--name=Tienda', '--identification=12345a', '--email=a@example.co'],
    1,
    /12345a|dígitos/i,
  ],
  ['an unknown failed job', ['queue:retry', 'nada'], 1, /nada/],
  ['forgetting an unknown failed job', ['queue:forget', 'nada'], 1, /nada/],
  ['tries that are no number', ['queue:work', '--tries=x'], 2, /--tries=x/],
  ['a negative timeout', ['queue:work', '--timeout=-1'], 2, /--timeout/],
  ['a bad backoff', ['queue:work', '--backoff=1,x'], 2, /--backoff=1,x/],
  ['an empty queue name', ['queue:work', '--once', '--queue='], 2, /--queue/],
  ['clearing an empty queue name', ['queue:clear', '--queue='], 2, /--queue/],
  ['an unknown connection', ['queue:work', 'redis', '--once'], 1, /redis/],
  ['an unknown option', ['queue:flush', '--all'], 2, /--all/],
  ['an unknown command', ['queue:nada'], 2, /queue:nada/],
] as const) {
  test(`${title}: a sentence, exit ${code}, and no stack trace`, async () => {
    using installation = new Installation()

    const finished = await installation.run(...words)

    assert.equal(finished.code, code, finished.output + finished.errors)
    assert.match(finished.errors, sentence)
    assert.doesNotMatch(finished.errors + finished.output, /^\s+at /m)
    assert.deepEqual(storedRows(installation), [])
  })
}

for (const [name, value] of [
  ['DB_CONNECTION', 'oracle'],
  ['QUEUE_CONNECTION', 'beanstalkd'],
  ['DB_QUEUE_RETRY_AFTER', '1'],
  ['DB_QUEUE', 'a,b'],
  ['APP_LOCALE', 'fr'],
  ['LOG_LEVEL', 'loud'],
  ['DB_DATABASE', import.meta.filename],
] as const) {
  test(`the setting ${name}=${value.slice(-20)} is refused with a sentence`, async () => {
    using installation = new Installation({ [name]: value })

    const finished = await installation.run('queue:failed')

    assert.equal(finished.code, 1)
    assert.ok(finished.errors.includes(value), finished.errors)
    assert.doesNotMatch(finished.errors, /^\s+at /m)
  })
}

for (const [title, block, sentence] of [
  ['.env is a folder', 'mkdir .env', /ajustes de \S+\.env\. .*chown y chmod 600.* No lo borre: guarda APP_KEY/],
  ['.env is a pipe', 'mkfifo .env', /ajustes de \S+\.env\. .*chown y chmod 600.* No lo borre: guarda APP_KEY/],
  ['storage is a file', 'touch storage', /registro \S+storage\/logs\/surtidor\.log \(/],
  ['storage/logs is a file', 'mkdir storage && touch storage/logs', /registro \S+surtidor\.log \(/],
  ['the log is a folder', 'mkdir -p storage/logs/surtidor.log', /registro \S+surtidor\.log \(EISDIR/],
] as const) {
  test(`${title}: one sentence, exit 1, and no stack trace`, async () => {
    using installation = new Installation()
    execFileSync('/bin/sh', ['-c', block], { cwd: installation.folder })

    const finished = await installation.run('queue:failed')

    assert.equal(finished.code, 1)
    assert.match(finished.errors, sentence)
    assert.match(finished.errors, /^[^\n]+\n$/)
  })
}

test('a second store with the same identification or e-mail is refused and nothing is written', async () => {
  using installation = new Installation()
  await installation.run(...registration)
  const before = storedRows(installation)

  const sameNumber = await installation.run(
    'store:create',
    '--name=Otra',
    '--identification=12345678',
    '--email=b@example.co',
  )
  const sameEmail = await installation.run(
    'store:create',
    '--name=Otra',
    '--identification=87654321',
    '--email=LA45@example.co',
  )

  assert.deepEqual([sameNumber.code, sameEmail.code], [1, 1])
  assert.match(sameNumber.errors, /12345678/)
  assert.match(sameEmail.errors, /la45@example\.co/i)
  assert.deepEqual(storedRows(installation), before)
})

/** Rows of what a refused command must not have written. */
function storedRows(installation: Installation): readonly unknown[] {
  const tables = [
    'vnt_companies',
    'vnt_warehouses',
    'vnt_contacts',
    'users',
    'user_tenants',
    'copy_runs',
    'jobs',
    'inv_items',
  ]
  const isThere = statSync(installation.path('storage/database/surtidor.sqlite'), { throwIfNoEntry: false })
  return isThere
    ? tables.flatMap((table) =>
        installation.central(`select '${table}' as origin, id from ${table}`).map((row) => ({ ...row })),
      )
    : []
}
