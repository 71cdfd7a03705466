import type { CopyMemory, RecalledCopy, Recalling, Recollection } from '../copy/pages/copy-memory.ts'
import { SourceCatalogue } from '../copy/pages/source-page.ts'
import { preparePage } from '../copy/plan/plan.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { readCatalogueRevision } from './catalogue-revision.ts'
import { type Mark, readMark, writeMark } from './marks.ts'
import { foldRevisions } from './revision/fold-revisions.ts'
import { compareTriggers } from './revision/triggers.ts'
import { rulesRevision } from './rules-revision.ts'
import { SourceCache } from './source-cache.ts'
import { awaitsCopy, readStoreRevision } from './store-revision.ts'

/** What the copies of one process know of each other, and of those before. */
export class SharedMemory implements CopyMemory {
  readonly #cache: SourceCache

  constructor(cache = new SourceCache()) {
    this.#cache = cache
  }

  begin(central: CentralDatabase): Recalling {
    const triggers = compareTriggers(central)
    // Nobody may ever ask.
    triggers.catch(() => undefined)
    return {
      recall: async (copy) => {
        const { distributorId, companyId } = copy
        const [catalogue, mark] = await Promise.all([
          readCatalogueRevision(central, distributorId, triggers),
          readMark(central, companyId),
        ])
        const recalled = { ...copy, central }
        if (catalogue === undefined) return nothingKnown(recalled)
        const isUnmoved = async () => (await readCatalogueRevision(central, distributorId, triggers)) === catalogue
        return { ...this.#recallAt(recalled, catalogue, mark), isUnmoved }
      },
    }
  }

  #recallAt(copy: CopyAt, catalogue: string, mark: Mark | undefined): Recollection {
    const { central, companyId, distributorId, rules } = copy
    const pages = catalogueOf(copy)
    const revisions = { catalogue, rules: rulesRevision(rules) }
    const key = { distributorId, revision: `${catalogue} ${rules.strategy.baseLabel}` }
    const lookAgain = () => readCatalogueRevision(central, distributorId).then((revision) => revision === catalogue)
    const isCatalogueSame = once(lookAgain)
    // The triggers were looked at before the run was claimed, which may have taken a while: who relies on what was known before
    // wants to see that they have counted meanwhile; without an answer nobody relies on it. Nobody asks before the claim.
    const isReliable = once(() => lookAgain().catch(() => false))
    const mayRepeat = mark?.catalogue === revisions.catalogue && mark.rules === revisions.rules
    return {
      mayRepeat,
      unchangedSince: async (store) => {
        if (!mayRepeat) return undefined
        const [isSame, revision] = await Promise.all([isReliable(), readStoreRevision(store, companyId)])
        return isSame && revision === mark.store ? mark.runId : undefined
      },
      readPage: async (range) => {
        const name = `${range.afterId} ${range.maxId} ${range.limit}`
        const read = () => pages.readPage(range)
        return this.#cache.has(key, name) && !(await isReliable()) ? read() : this.#cache.page(key, name, read)
      },
      prepareShared: (products) => this.#cache.prepared(products, revisions.rules, () => preparePage(products, rules)),
      isCatalogueSame,
      remember: async (store, runId) => {
        // What changed while it was read may be in the store or not.
        if (!(await isCatalogueSame())) return
        const revision = await readStoreRevision(store, companyId)
        // Given back after its page had passed; behind the revision, so that what comes still later makes another one.
        if (await awaitsCopy(store, companyId)) return
        await writeMark(central, companyId, { runId, ...revisions, store: revision })
        await foldRevisions(central, distributorId)
      },
    }
  }
}

function once<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let answer: Promise<Result> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}

interface CopyAt extends RecalledCopy {
  readonly central: CentralDatabase
}

/** Without a revision, nobody can tell whether a page that another copy has read is still as it was. */
function nothingKnown(copy: CopyAt): Recollection {
  const pages = catalogueOf(copy)
  return {
    mayRepeat: false,
    unchangedSince: async () => undefined,
    readPage: (range) => pages.readPage(range),
    prepareShared: () => undefined,
    isCatalogueSame: async () => false,
    remember: async () => undefined,
  }
}

function catalogueOf({ central, distributorId, rules }: CopyAt): SourceCatalogue {
  return new SourceCatalogue(central, { distributorId, baseLabel: rules.strategy.baseLabel })
}
