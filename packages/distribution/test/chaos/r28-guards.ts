import type { Guard } from '../../../queue/test/chaos/harness/guards.ts'

/** What keeps a copy from being written twice, late or half. */
export const copyGuards: readonly Guard[] = [
  {
    name: 'unique',
    // Two of them in one store: one goes on when it is late.
    size: { kills: 0, leastHits: 0, cuts: 0, zombies: 3 },
    // The others could write nothing without the key: their statements name it.
    drivers: ['mariadb'],
    changes: [
      {
        file: 'migrations/store/0001-store-tables.ts',
        find: `\n    .addUniqueConstraint('tat_items_product_unique', ['company_id', 'item_father_id', 'own_sku'])`,
        replace: '',
      },
    ],
  },
  {
    name: 'epoch',
    // Who comes late meets it, and nobody else.
    size: { kills: 0, leastHits: 0, cuts: 0, zombies: 3 },
    drivers: ['sqlite', 'postgres', 'mariadb'],
    noticedBy: /^A late worker/,
    changes: [
      {
        file: 'copy/pages/receipt.ts',
        find: 'if (receipt?.epoch !== claim.epoch)',
        replace: 'if (receipt === undefined)',
      },
      {
        file: 'copy/pages/receipt.ts',
        find: `\n    .where('epoch', '=', claim.epoch)\n    .where('cursor_id'`,
        replace: `\n    .where('cursor_id'`,
      },
    ],
  },
  {
    name: 'cursor-tx',
    // What is cut between the page and its checkpoint.
    size: { kills: 0, leastHits: 0, zombies: 0, cuts: 6 },
    drivers: ['sqlite', 'postgres', 'mariadb'],
    noticedBy: /of its rows|failed/,
    changes: [
      {
        file: 'copy/pages/write-page.ts',
        find: '      return await this.#store.transaction().execute((trx) => this.#writeInside(trx, coming, place))',
        replace: `    const records: (() => Promise<void>)[] = []
    const recorded = { ...coming, records }
    const receipt = await this.#store.transaction().execute((trx) => this.#writeInside(trx, recorded, place))
    for (const record of records) await record()
    return receipt`,
      },
      {
        file: 'copy/pages/write-page.ts',
        find: '    await recordPage(trx, this.#claim, { fromCursor: afterId, toCursor, counts, status })',
        replace: `    const proof = { fromCursor: afterId, toCursor, counts, status }
    const record = (after) => recordPage(after, this.#claim, proof)
    coming.records.push(() => this.#store.transaction().execute(record))`,
      },
    ],
  },
]
