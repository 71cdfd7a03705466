import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { type ControlledTransaction, type RawBuilder, sql } from 'kysely'
import { type BedDriver, bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { dialectOf, type SqlDialect } from '../database/dialect.ts'
import { type CentralDatabase, openCentral } from '../database/open-central.ts'
import type { DatabaseAddress } from '../database/open-database.ts'
import { migrateCentral } from '../migrations/migrate.ts'
import { isRevisionRecorded, readCatalogueRevision } from './catalogue-revision.ts'
import { foldRevisions } from './revision/fold-revisions.ts'
import { recordingOf } from './revision/triggers.ts'

/** As somebody types them at a SQL prompt: no column of moments is written. */
const edits = {
  'a price that was changed in place': sql`update inv_values set "values" = "values" + 1 where id = 3`,
  'a price that was deleted': sql`delete from inv_values where id = 3`,
  'two prices that were exchanged': sql`update inv_values set "itemId" = 9 - "itemId" where "itemId" in (4, 5)`,
  'an older date of a price': sql`update inv_values set date = '2020-01-01 00:00:00' where id = 5`,
  'a new price': sql`insert into inv_values ("values", type, "itemId", label) values (7, 'precio', 3, 'Precio Regular')`,
  'a name that was changed in place': sql`update inv_items set name = 'Producto X' where id = 3`,
  'a SKU in other letters': sql`update inv_items set sku = 'sku-3' where id = 3`,
  'a product without its tax': sql`update inv_items set "taxId" = null where id = 3`,
  'a product that is sold no more': sql`update inv_items set status = 0 where id = 3`,
  'a product that was deleted': sql`update inv_items set deleted_at = '2026-11-01 10:00:00' where id = 6`,
  'another image': sql`update inv_image_gallery set img_path = 'otra.webp' where "itemId" = 4`,
  'an image that was deleted': sql`delete from inv_image_gallery where "itemId" = 4`,
  'a new image': sql`insert into inv_image_gallery (img_path, type, "itemId") values ('a.webp', 'PRINCIPAL', 4)`,
  'a category that was renamed': sql`update inv_categories set name = 'Granos y más' where id = 1`,
  'another percentage of a tax': sql`update cnf_taxes set percentage = 19.5 where id = 1`,
  'a new tax': sql`insert into cnf_taxes (id, name, percentage) values (9, 'Otro', 3)`,
}

for (const driver of bedDrivers)
  describe(`the revision of a catalogue on ${driver}`, () => {
    test('stays while nothing changes, and each change moves it, whoever makes it', async () => {
      await using catalogue = await openCatalogue(driver)
      const { other, revision } = catalogue
      const seen = [await revision()]
      assert.equal(await revision(), seen[0])

      for (const [what, edit] of Object.entries(edits)) {
        await edit.execute(other)
        const now = await revision()
        assert.ok(now !== undefined && !seen.includes(now), what)
        seen.push(now)
      }
      assert.match(seen[0] ?? '', /^[0-9a-f]{32}$/)
    })

    test('moves with brands and units, from the first to the last row', async () => {
      await using catalogue = await openCatalogue(driver)
      const { other, revision, distributorId } = catalogue
      for (const [table, column] of [
        ['inv_item_brand', 'name'],
        ['inv_unit_measurements', 'description'],
      ] as const) {
        const [name, into] = [sql.ref(column), sql.table(table)]
        const seen = new Set([await revision()])
        for (const edit of [
          sql`insert into ${into} (tenant_id, ${name}) values (${distributorId}, 'Una')`,
          sql`update ${into} set ${name} = 'Otra' where tenant_id = ${distributorId}`,
          sql`delete from ${into} where tenant_id = ${distributorId}`,
        ]) {
          await edit.execute(other)
          seen.add(await revision())
        }

        assert.equal(seen.size, 4, table)
      }
    })

    test('does not move with what was taken back', async () => {
      await using catalogue = await openCatalogue(driver)
      const { bed, revision } = catalogue
      const before = await revision()

      await bed.central
        .transaction()
        .execute(async (trx) => {
          await sql`update inv_values set "values" = 1`.execute(trx)
          throw new Error('taken back')
        })
        .catch(() => undefined)

      assert.equal(await revision(), before)
    })

    test('does not move with the catalogue of another distributor, and with a product that changes hands both move', async () => {
      await using catalogue = await openCatalogue(driver)
      const { bed, other, revision } = catalogue
      const stranger = await bed.addDistributor()
      await bed.addProducts(8, 7, stranger)
      const [before, ofStranger] = [await revision(), await readCatalogueRevision(bed.central, stranger)]

      await sql`update inv_values set "values" = 9 where "itemId" = 7`.execute(other)

      assert.equal(await revision(), before)
      assert.notEqual(await readCatalogueRevision(bed.central, stranger), ofStranger)

      for (const move of [
        sql`update inv_items set tenant_id = ${stranger} where id = 2`,
        sql`update inv_values set "itemId" = 1 where "itemId" = 7`,
      ]) {
        const [mine, theirs] = [await revision(), await readCatalogueRevision(bed.central, stranger)]
        await move.execute(other)
        assert.notEqual(await revision(), mine)
        assert.notEqual(await readCatalogueRevision(bed.central, stranger), theirs)
      }
    })

    test('is not known while a trigger is missing, and another when it is back', async () => {
      await using catalogue = await openCatalogue(driver)
      const { bed, other, revision } = catalogue
      const before = await revision()
      const seen = new Set([before])

      for (const { name, table } of recordingOf(other).triggers) {
        await dropTrigger(other, name, table)
        assert.equal(await revision(), undefined, name)
        await migrateCentral(bed.central)
        seen.add(await revision())
      }

      assert.equal(seen.size, recordingOf(other).triggers.length + 1)
      assert.ok(!seen.has(undefined))
    })

    test('is not known while a trigger does something else', async () => {
      await using catalogue = await openCatalogue(driver)
      const { other, revision } = catalogue

      await spoilTrigger[dialectOf(other)](other)

      assert.equal(await revision(), undefined)
    })

    test('is another when a trigger was made again by hand, with what was written meanwhile', async () => {
      await using catalogue = await openCatalogue(driver)
      const { other, revision } = catalogue
      const before = await revision()
      const trigger = recordingOf(other).triggers.find(({ name }) => name === 'surtidor_inv_values_update')
      assert.ok(trigger)

      await dropTrigger(other, trigger.name, trigger.table)
      await sql`update inv_values set "values" = 1`.execute(other)
      for (const statement of trigger.statements) await sql.raw(statement).execute(other)

      const after = await revision()
      assert.ok(after !== undefined && after !== before)
    })

    test('stays when the counts of passed days are folded, and those of today and yesterday stay apart', async () => {
      await using catalogue = await openCatalogue(driver)
      const { bed, distributorId, revision } = catalogue
      await bed.central.insertInto('catalogue_revisions').values(countsOf(distributorId, 1_250)).execute()
      await sql`update inv_items set name = 'Producto Y' where id = 1`.execute(bed.central)
      const before = await revision()
      const rows = () => bed.central.selectFrom('catalogue_revisions').selectAll().execute()
      const { length } = await rows()

      await Promise.all([foldRevisions(bed.central, distributorId), foldRevisions(bed.central, distributorId)])

      assert.equal(await revision(), before)
      const isServer = dialectOf(bed.central) !== 'sqlite'
      assert.ok(!isServer || (await rows()).length <= length - 1_000)
      await sql`update inv_items set name = 'Producto Z' where id = 1`.execute(bed.central)
      assert.notEqual(await revision(), before)
    })
  })

for (const driver of bedDrivers.filter((name) => name !== 'sqlite'))
  describe(`the revision of a catalogue on ${driver}, with many at work`, () => {
    test('transactions that write different products do not wait for each other, whatever they isolate', async () => {
      await using catalogue = await openCatalogue(driver)
      const { bed } = catalogue

      for (const isolation of ['read committed', 'repeatable read'] as const) {
        await using writers = await openWriters(bed.address, isolation)

        await writers.each((id) => sql`update inv_items set name = 'Una vez' where id = ${id}`)
        await writers.each((id) => sql`update inv_items set name = 'Otra vez' where id = ${id}`)
        // Another one has locked the product; its price is free.
        await writers.each((id) => sql`update inv_values set "values" = 5 where "itemId" = ${5 - id}`)

        await writers.commit()
      }
    })

    test('who may not make triggers migrates all the same, and has no revision', async () => {
      await using catalogue = await openCatalogue(driver)
      const { bed, other, distributorId } = catalogue
      for (const { name, table } of recordingOf(other).triggers) await dropTrigger(other, name, table)
      await using guest = await openAsGuest(other, bed.address)

      assert.deepEqual(await migrateCentral(guest.central), [])

      assert.equal(await readCatalogueRevision(guest.central, distributorId), undefined)
      assert.equal(await isRevisionRecorded(guest.central), false)
      await migrateCentral(bed.central)
      assert.equal(await isRevisionRecorded(bed.central), true)
    })

    test('a change that is not committed yet moves it when it is', async () => {
      await using catalogue = await openCatalogue(driver)
      const { bed, other, revision } = catalogue
      const before = await revision()

      await other.transaction().execute(async (trx) => {
        await sql`update inv_values set "values" = 3 where id = 2`.execute(trx)
        await sql`update inv_items set name = 'Otro' where id = 5`.execute(bed.central)
      })

      const between = await revision()
      await sql`update inv_values set "values" = 4 where id = 2`.execute(bed.central)
      assert.equal(new Set([before, between, await revision()]).size, 3)
    })

    test('is another when a table was emptied past the triggers', async () => {
      await using catalogue = await openCatalogue(driver)
      const { other, revision } = catalogue
      const before = await revision()

      await sql`truncate table inv_image_gallery`.execute(other)

      assert.notEqual(await revision(), before)
    })
  })

/** Six products of one distributor, and a connection of somebody else. */
async function openCatalogue(driver: BedDriver) {
  const bed = await TestBed.open(driver)
  await bed.addProducts(6)
  const other = await openCentral(bed.address)
  const { distributorId } = bed
  return {
    bed,
    other,
    distributorId,
    revision: () => readCatalogueRevision(bed.central, distributorId),
    async [Symbol.asyncDispose]() {
      await other.destroy()
      await bed[Symbol.asyncDispose]()
    },
  }
}

/** Four transactions, each with a connection of its own, that would rather fail than wait. */
async function openWriters(address: DatabaseAddress, isolation: 'read committed' | 'repeatable read') {
  const central = await openCentral(address, { connections: 4, deadlineSeconds: 2 })
  const transactions: ControlledTransaction<CentralTables>[] = []
  for (let number = 1; number <= 4; number += 1)
    transactions.push(await central.startTransaction().setIsolationLevel(isolation).execute())
  return {
    async each(statement: (id: number) => RawBuilder<unknown>) {
      for (const [index, trx] of transactions.entries()) await statement(index + 1).execute(trx)
    },
    async commit() {
      for (const trx of transactions) await trx.commit().execute()
    },
    async [Symbol.asyncDispose]() {
      for (const trx of transactions.filter(({ isCommitted }) => !isCommitted)) await trx.rollback().execute()
      await central.destroy()
    },
  }
}

/** Somebody who may write every table, and make nothing. */
async function openAsGuest(owner: CentralDatabase, address: DatabaseAddress) {
  if (address.driver === 'sqlite') throw new Error('A file has no users.')
  const user = `guest_${randomBytes(4).toString('hex')}`
  const isMysql = address.driver === 'mysql'
  for (const statement of isMysql ? mysqlGuest(user, address.database) : postgresGuest(user))
    await sql.raw(statement).execute(owner)
  const central = await openCentral({ ...address, user, password: 'guest' })
  return {
    central,
    async [Symbol.asyncDispose]() {
      await central.destroy()
      for (const statement of isMysql ? [`drop user '${user}'@'%'`] : [`drop owned by ${user}`, `drop role ${user}`])
        await sql.raw(statement).execute(owner)
    },
  }
}

function mysqlGuest(user: string, database: string): readonly string[] {
  return [
    `create user '${user}'@'%' identified by 'guest'`,
    `grant select, insert, update, delete, create, alter, index, references on \`${database}\`.* to '${user}'@'%'`,
  ]
}

function postgresGuest(user: string): readonly string[] {
  return [
    `create role ${user} login password 'guest'`,
    `grant select, insert, update, delete, trigger on all tables in schema public to ${user}`,
  ]
}

async function dropTrigger(central: CentralDatabase, name: string, table: string): Promise<void> {
  const where = dialectOf(central) === 'postgres' ? ` on ${table}` : ''
  await sql.raw(`drop trigger ${name}${where}`).execute(central)
}

const spoilTrigger: Readonly<Record<SqlDialect, (central: CentralDatabase) => Promise<void>>> = {
  sqlite: async (central) => {
    await dropTrigger(central, 'surtidor_inv_items_update', 'inv_items')
    const other = 'create trigger surtidor_inv_items_update after update on inv_items begin select 1; end'
    await sql.raw(other).execute(central)
  },
  mysql: async (central) => {
    await dropTrigger(central, 'surtidor_inv_items_update', 'inv_items')
    const other = 'create trigger surtidor_inv_items_update after update on inv_items for each row set @seen = 1'
    await sql.raw(other).execute(central)
  },
  postgres: async (central) => {
    await sql`alter table inv_items disable trigger surtidor_inv_items_update`.execute(central)
  },
}

/** As a web server leaves them that opens a connection for each request. */
function countsOf(tenantId: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    tenant_id: tenantId,
    day: 100 + (index % 3),
    connection_id: index + 1,
    changes: index,
  }))
}

describe('the revision of a catalogue in a file', () => {
  test('moves for a distributor whose row was replaced without a word', async () => {
    await using catalogue = await openCatalogue('sqlite')
    const { bed, other, revision } = catalogue
    const stranger = await bed.addDistributor()
    await bed.addProducts(8, 7, stranger)
    await sql`pragma foreign_keys = off`.execute(other)

    for (const replacement of [
      sql`insert or replace into inv_items (id, tenant_id, sku, name) values (2, ${stranger}, 'X-2', 'Suyo')`,
      sql`update or replace inv_items set id = 3 where id = 8`,
      sql`insert or replace into inv_values (id, "values", type, "itemId", label) values (4, 1, 'precio', 7, 'Costo')`,
    ]) {
      const before = [await revision(), await readCatalogueRevision(bed.central, stranger)]
      await replacement.execute(other)
      const after = [await revision(), await readCatalogueRevision(bed.central, stranger)]
      assert.ok(before.every((value, index) => value !== after[index]))
    }
  })

  test('counts each of the rows that were written or left as they are', async () => {
    await using catalogue = await openCatalogue('sqlite')
    const { other, distributorId, revision } = catalogue
    const seen = new Set([await revision()])

    for (const name of ['A', 'B', 'C']) {
      await sql`insert or replace into inv_categories (id, tenant_id, name) values (90, ${distributorId}, ${name})`.execute(
        other,
      )
      seen.add(await revision())
      await sql`insert or ignore into inv_categories (tenant_id, name) values (${distributorId}, ${`${name}2`})`.execute(
        other,
      )
      seen.add(await revision())
    }

    assert.equal(seen.size, 7)
  })
})
