import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteHosting } from '../../src/tenancy/sqlite-hosting.ts'
import { placeFor } from './bed-place.ts'
import { TestBed } from './copy-test-bed.ts'

/**
 * Stores on a disk of their own, which runs full and is then mounted read-only. Run by `hurt-stores.test.ts` where mounting
 * reaches nobody else; ends with 1 where a copy says something else than it should.
 */
const { STORES_DISK: disk = '', CENTRAL_FOLDER: elsewhere = '' } = process.env
process.env.TMPDIR = elsewhere
const place = await placeFor('sqlite')
await using bed = await TestBed.open({ ...place, hosting: sqliteHosting(disk) })
await bed.addProducts(3_000)
const store = await bed.register()
await bed.copy(store)
const filler = join(disk, 'filler')
const { bavail, bsize } = statfsSync(disk)
writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 8_192)))

const { runId, companyId } = await bed.register()
await assert.rejects(bed.copy({ runId, companyId }))
assert.match((await bed.run(runId)).error ?? '', /^El disco de la base de datos está lleno.*libere espacio/)
assert.equal((await bed.run(store.runId)).state, 'completed')

rmSync(filler)
await bed.copy({ runId, companyId })
assert.equal((await bed.run(runId)).state, 'completed')

await bed.central.updateTable('inv_items').set({ name: 'Otro nombre' }).execute()
execFileSync('mount', ['-o', 'remount,ro', disk])
await assert.rejects(bed.copyAgain(companyId))
const last = await bed.central.selectFrom('copy_runs').select('error').orderBy('id', 'desc').executeTakeFirstOrThrow()
assert.match(last.error ?? '', /solo se puede leer|no se puede abrir/)
assert.doesNotMatch(last.error ?? '', /copia de seguridad/)
