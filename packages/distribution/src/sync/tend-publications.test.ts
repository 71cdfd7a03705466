import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../queue/test/support/eventually.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { readBatch } from './batches.ts'
import { publish } from './publish.ts'
import { keepTending } from './tend-publications.ts'

test('a publication whose jobs were lost goes on without anybody asking, also after its tables were away', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3)
  for (const _ of [1, 2, 3, 4, 5, 6]) await bed.register()
  await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
  const { id } = await publish(bed, { distributorId: bed.distributorId, revision: 'r' })
  await bed.queue.clear()
  const { schema } = bed.central
  await schema.alterTable('sync_batches').renameTo('lost_batches').execute()
  const stopping = new AbortController()

  const tending = keepTending(bed, { signal: stopping.signal, log: bed.log, everyMs: 1 })
  await eventually(() => bed.logged.find(({ msg }) => msg === 'publications were not looked after'))
  await schema.alterTable('lost_batches').renameTo('sync_batches').execute()
  await eventually(async () => (await readBatch(bed.central, id)).counts.pending === 2)
  stopping.abort()
  await tending

  assert.deepEqual((await readBatch(bed.central, id)).counts, { failed: 4, pending: 2 })
})
