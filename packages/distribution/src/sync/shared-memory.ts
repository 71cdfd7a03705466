import type { CopyMemory, RecalledCopy, Recollection } from '../copy/copy-memory.ts'
import { readSourcePage } from '../copy/source-page.ts'
import { readCatalogueRevision, rulesRevision } from './catalogue-revision.ts'
import { readMark, writeMark } from './marks.ts'
import { SourceCache } from './source-cache.ts'
import { readStoreRevision } from './store-revision.ts'

/** What the copies of one process know of each other, and of those before. */
export class SharedMemory implements CopyMemory {
  readonly #cache: SourceCache

  constructor(cache = new SourceCache()) {
    this.#cache = cache
  }

  async recall(copy: RecalledCopy): Promise<Recollection> {
    const { central, attempt, rules } = copy
    const source = { distributorId: attempt.distributorId, baseLabel: rules.strategy.baseLabel }
    const revision = await readCatalogueRevision(central, source)
    const revisions = { catalogue: revision, rules: rulesRevision(rules) }
    const key = { distributorId: attempt.distributorId, revision: `${revision} ${source.baseLabel}` }
    return {
      unchangedSince: await runWithout(copy, revisions),
      readPage: (range) =>
        this.#cache.page(key, `${range.afterId} ${range.maxId} ${range.limit}`, () => readSourcePage(central, range)),
      remember: async () => {
        // What changed while it was read may be in the store or not.
        if ((await readCatalogueRevision(central, source)) === revision) await remember(copy, revisions)
      },
    }
  }
}

interface SourceRevisions {
  readonly catalogue: string
  readonly rules: string
}

/** The store is read only where the rest is as it was. */
async function runWithout(
  { central, store, attempt }: RecalledCopy,
  now: SourceRevisions,
): Promise<number | undefined> {
  const mark = await readMark(central, attempt.companyId)
  if (mark?.catalogue !== now.catalogue || mark.rules !== now.rules) return undefined
  return (await readStoreRevision(store, attempt.companyId)) === mark.store ? mark.runId : undefined
}

async function remember(
  { central, store, attempt }: RecalledCopy,
  { catalogue, rules }: SourceRevisions,
): Promise<void> {
  const { companyId, runId } = attempt
  await writeMark(central, companyId, { runId, catalogue, rules, store: await readStoreRevision(store, companyId) })
}
