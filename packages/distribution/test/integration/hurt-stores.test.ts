import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { canMount, runOnSmallDisk } from '../../../queue/test/support/small-disk.ts'
import { temporaryFolder } from '../../../queue/test/support/temporary-folder.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

interface Harm {
  readonly driver: string
  readonly title: string
  readonly statement: (user: string, database: string) => string
  readonly told: RegExp
}

const harms: readonly Harm[] = [
  {
    driver: 'mariadb',
    title: 'whose user may not write any more',
    statement: (user, database) => `revoke insert on \`${database.replaceAll('_', '\\_')}\`.* from '${user}'@'%'`,
    told: /^El servidor no deja entrar .*revise sus permisos/,
  },
  {
    driver: 'postgres',
    title: 'whose user may not write any more',
    statement: (user, schema) => `revoke insert on all tables in schema "${schema}" from "${user}"`,
    told: /^El servidor no deja entrar .*revise sus permisos/,
  },
  {
    driver: 'postgres',
    title: 'that can only be read',
    statement: (user) => `alter role "${user}" set default_transaction_read_only = on`,
    told: /solo se puede leer; permita escribir/,
  },
]

for (const { driver, title, statement, told } of harms) {
  const bedDriver = bedDrivers.find((each) => each === driver)
  if (bedDriver)
    test(`a store on ${driver} ${title} fails its own run only, and says why`, async () => {
      await using bed = await TestBed.open(bedDriver, { users: 'own' })
      await bed.addProducts(20)
      const [hurt, well] = [await bed.register(), await bed.register()]
      await bed.copy(hurt)
      const { place } = await bed.tenantOf(hurt.companyId)
      await sql.raw(statement(place.user ?? '', place.name ?? '')).execute(bed.central)
      await bed.addProducts(40, 21)

      await assert.rejects(bed.copyAgain(hurt.companyId))
      await bed.copy(well)

      const runs = await bed.central.selectFrom('copy_runs').select(['company_id', 'error']).orderBy('id').execute()
      assert.match(runs.at(-1)?.error ?? '', told)
      assert.deepEqual(
        runs.slice(0, 2).map(({ error }) => error),
        [null, null],
      )
      assert.equal((await bed.run(well.runId)).state, 'completed')
    })
}

test('what is wrong with the central database is not told of the store', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3)
  const { runId, companyId } = await bed.register()
  await sql`alter table inv_items rename column name to other`.execute(bed.central)

  await assert.rejects(bed.copy({ runId, companyId }))

  const { error } = await bed.run(runId)
  assert.match(error ?? '', /name/)
  assert.doesNotMatch(error ?? '', /tienda/)
})

if (canMount)
  test('a store whose disk is full, or read-only, says so, and goes on when there is room', async () => {
    using folder = temporaryFolder()
    const [disk, central] = [join(folder.path, 'disk'), join(folder.path, 'central')]
    for (const each of [disk, central]) mkdirSync(each)

    await runOnSmallDisk({ path: disk, megabytes: 24 }, join(import.meta.dirname, '../support/small-disk-program.ts'), {
      STORES_DISK: disk,
      CENTRAL_FOLDER: central,
    })
  })
