import type { CopyMemory, RecalledCopy, Recollection } from '../copy/pages/copy-memory.ts'
import { SourceCatalogue } from '../copy/pages/source-page.ts'
import { readCatalogueRevision } from './catalogue-revision.ts'
import { type Mark, readMark, writeMark } from './marks.ts'
import { foldRevisions } from './revision/fold-revisions.ts'
import { rulesRevision } from './rules-revision.ts'
import { SourceCache } from './source-cache.ts'
import { awaitsCopy, readStoreRevision } from './store-revision.ts'

/** What the copies of one process know of each other, and of those before. */
export class SharedMemory implements CopyMemory {
  readonly #cache: SourceCache

  constructor(cache = new SourceCache()) {
    this.#cache = cache
  }

  async recall(copy: RecalledCopy): Promise<Recollection> {
    const { central, attempt } = copy
    const [catalogue, mark] = await Promise.all([
      readCatalogueRevision(central, attempt.distributorId),
      readMark(central, attempt.companyId),
    ])
    return catalogue === undefined ? nothingKnown(copy) : this.#recallAt(copy, catalogue, mark)
  }

  #recallAt(copy: RecalledCopy, catalogue: string, mark: Mark | undefined): Recollection {
    const { central, attempt, rules } = copy
    const { distributorId } = attempt
    const pages = catalogueOf(copy)
    const revisions = { catalogue, rules: rulesRevision(rules) }
    const key = { distributorId, revision: `${catalogue} ${rules.strategy.baseLabel}` }
    let isSame: Promise<boolean> | undefined
    const isCatalogueSame = () => {
      isSame ??= readCatalogueRevision(central, distributorId).then((revision) => revision === catalogue)
      return isSame
    }
    const mayRepeat = mark?.catalogue === revisions.catalogue && mark.rules === revisions.rules
    return {
      mayRepeat,
      unchangedSince: async (store) =>
        mayRepeat && (await readStoreRevision(store, attempt.companyId)) === mark.store ? mark.runId : undefined,
      readPage: (range) =>
        this.#cache.page(key, `${range.afterId} ${range.maxId} ${range.limit}`, () => pages.readPage(range)),
      isCatalogueSame,
      remember: async (store) => {
        // What changed while it was read may be in the store or not.
        if (!(await isCatalogueSame())) return
        const { companyId, runId } = attempt
        const revision = await readStoreRevision(store, companyId)
        // Given back after its page had passed; behind the revision, so that what comes still later makes another one.
        if (await awaitsCopy(store, companyId)) return
        await writeMark(central, companyId, { runId, ...revisions, store: revision })
        await foldRevisions(central, distributorId)
      },
    }
  }
}

/** Without a revision, nobody can tell whether a page that another copy has read is still as it was. */
function nothingKnown(copy: RecalledCopy): Recollection {
  const pages = catalogueOf(copy)
  return {
    mayRepeat: false,
    unchangedSince: async () => undefined,
    readPage: (range) => pages.readPage(range),
    isCatalogueSame: async () => false,
    remember: async () => undefined,
  }
}

function catalogueOf({ central, attempt, rules }: RecalledCopy): SourceCatalogue {
  return new SourceCatalogue(central, { distributorId: attempt.distributorId, baseLabel: rules.strategy.baseLabel })
}
