import assert from 'node:assert/strict'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Installation, killGroup } from '../support/installation.ts'

const stores = 120

test('tenants:migrate that is killed in the middle goes on with the rest when it is run again', async () => {
  using installation = new Installation()
  await installation.run('migrate')
  registerStores(installation)
  const command = installation.start('tenants:migrate')
  while (countReady(installation) < 20) await wait(2)
  killGroup(command)
  await once(command, 'exit')
  const ready = countReady(installation)

  const next = await installation.run('tenants:migrate')
  const last = await installation.run('tenants:migrate', '--json')

  assert.ok(ready < stores, `${ready} were ready`)
  assert.deepEqual([next.code, next.errors], [0, ''])
  assert.match(next.output, new RegExp(`Tiendas: ${stores - ready} migradas, ${ready} ya al día, 0 con error`))
  const { migrated, current, failed } = JSON.parse(last.output)
  assert.deepEqual({ migrated, current, failed }, { migrated: 0, current: stores, failed: [] })
  assert.deepEqual(
    installation.store(stores, 'select sku from tat_items').map(({ sku }) => sku),
    ['GENERICO'],
  )
})

function registerStores(installation: Installation): void {
  using database = new DatabaseSync(installation.path('storage/database/surtidor.sqlite'), { timeout: 5_000 })
  const insert = database.prepare(
    `insert into tenants (id, kind, name, company_id, db_name) values (?, 'store', ?, ?, ?)`,
  )
  database.exec('begin immediate')
  for (let each = 1; each <= stores; each += 1) insert.run(`store-${each}`, `Tienda ${each}`, each, `surtidor_${each}`)
  database.exec('commit')
}

function countReady(installation: Installation): number {
  const [row] = installation.central('select count(*) as ready from tenants where database_setup = 1')
  return Number(row?.ready)
}
