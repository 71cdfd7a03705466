import type { Guard } from '../../../queue/test/chaos/harness/guards.ts'

/** What keeps a copy from being written twice, late or half. */
export const copyGuards: readonly Guard[] = [
  {
    name: 'unique',
    // The others refuse each page then: what is written needs the key.
    drivers: ['mariadb', 'sqlite', 'postgres'],
    changes: [
      {
        file: 'migrations/store/0001-store-tables.ts',
        find: `\n    .addUniqueConstraint('tat_items_source_unique', ['company_id', 'source_item_id'])`,
        replace: '',
      },
    ],
  },
  {
    name: 'epoch',
    drivers: ['sqlite', 'postgres', 'mariadb'],
    noticedBy: /^A late worker/,
    changes: [
      {
        file: 'copy/receipt.ts',
        find: 'if (receipt?.epoch !== claim.epoch)',
        replace: 'if (receipt === undefined)',
      },
      {
        file: 'copy/receipt.ts',
        find: `\n    .where('epoch', '=', claim.epoch)\n    .where('cursor_id'`,
        replace: `\n    .where('cursor_id'`,
      },
    ],
  },
  {
    name: 'cursor-tx',
    drivers: ['sqlite', 'postgres', 'mariadb'],
    noticedBy: /of its rows|failed/,
    changes: [
      {
        file: 'copy/write-page.ts',
        find: '    return await store.transaction().execute((trx) => writeInside(trx, writer, page))',
        replace: `    const records: (() => Promise<void>)[] = []
    const receipt = await store.transaction().execute((trx) => writeInside(trx, { ...writer, store, records }, page))
    for (const record of records) await record()
    return receipt`,
      },
      {
        file: 'copy/write-page.ts',
        find: '  await recordPage(trx, claim, { fromCursor: page.afterId, toCursor, counts: plan.counts })',
        replace: `  const proof = { fromCursor: page.afterId, toCursor, counts: plan.counts }
  writer.records.push(() => writer.store.transaction().execute((after) => recordPage(after, claim, proof)))`,
      },
    ],
  },
]
