import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Installation } from '../support/installation.ts'
import { type LaravelCopyJob, laravelPayload } from '../support/laravel-payload.ts'

const priceList = [
  'codigo;descripcion;costo;categoria;iva',
  '100;ARROZ 500 G;2500;Abarrotes;0',
  '101;PANELA;4300;Abarrotes;5',
]
const registration = ['store:create', '--name=La 45', '--identification=12345678', '--email=la45@example.co'] as const
const stocked = 'select sku, name, cost, price, updated_at from tat_items order by sku'

for (const [title, { queue, withTenant, withRun }] of [
  ['without tenant, without a run', { queue: 'default', withTenant: false, withRun: false }],
  ['with tenant, with a run that waits', { queue: 'default', withTenant: true, withRun: true }],
  ['on another queue, with tenant, without a run', { queue: 'copias', withTenant: true, withRun: false }],
  ['on another queue, without tenant, with a run that waits', { queue: 'copias', withTenant: false, withRun: true }],
] as const) {
  test(`a row of Laravel stocks its store, and a second one changes nothing: ${title}`, async () => {
    using installation = new Installation()
    writeFileSync(installation.path('lista.csv'), priceList.join('\n'))
    assert.equal((await installation.run('catalog:import', 'lista.csv')).code, 0)
    assert.equal((await installation.run(...registration)).code, 0)
    const [distributor] = installation.central(`select id from tenants where kind = 'distributor'`)
    const tenantId = withTenant ? String(distributor?.id) : null
    write(installation, 'delete from jobs')
    if (!withRun) write(installation, 'delete from copy_runs')

    insertRow(installation, { queue, companyId: 1, tenantId })
    const worked = await installation.run('queue:work', '--stop-when-empty', `--queue=${queue}`)
    const first = installation.store(1, stocked)
    insertRow(installation, { queue, companyId: 1, tenantId })
    const again = await installation.run('queue:work', '--stop-when-empty', `--queue=${queue}`)

    assert.deepEqual([worked.code, again.code], [0, 0], worked.errors + again.errors)
    assert.match(worked.output, /App\\Jobs\\CopyProductsToClientJob \.+ [\d.,]+ms DONE/)
    assert.deepEqual(
      first.map(({ sku }) => sku),
      ['100', '101', 'GENERICO'],
    )
    assert.deepEqual(installation.store(1, stocked), first)
    assert.equal((await installation.run('copy:verify', '--all')).code, 0)
    assert.deepEqual(installation.central('select * from jobs'), [])
    assert.deepEqual(installation.central('select * from failed_jobs'), [])
  })
}

function insertRow(installation: Installation, row: LaravelCopyJob): void {
  const payload = laravelPayload(row)
  const now = Math.floor(Date.now() / 1000)
  write(
    installation,
    'insert into jobs (queue, payload, attempts, reserved_at, available_at, created_at) values (?, ?, 0, null, ?, ?)',
    [row.queue, payload, now, now],
  )
}

function write(installation: Installation, sql: string, parameters: readonly (string | number)[] = []): void {
  const database = new DatabaseSync(installation.path('storage/database/surtidor.sqlite'), { timeout: 5_000 })
  try {
    database.prepare(sql).run(...parameters)
  } finally {
    database.close()
  }
}
