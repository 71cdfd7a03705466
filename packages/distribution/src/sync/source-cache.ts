import type { PreparedPage, SourceProduct } from '../copy/plan/plan.ts'

type Page = readonly SourceProduct[]

/** One state of one distributor's catalogue. */
export interface CatalogueKey {
  readonly distributorId: string
  /** Of everything that its pages are made of. */
  readonly revision: string
}

const mebibyte = 1024 * 1024

/**
 * Pages of source products that the copies of one process share: the first that needs a page reads it, and those that come
 * meanwhile wait for the same read. The pages of another state of the same catalogue go when a new one is asked for, those of
 * other distributors when there is no more room, the longest unused first. A catalogue that is larger than all the room keeps its
 * first pages, because every copy reads it from the start: the last ones would push each other out. What is prepared of a page is
 * kept with it, as long as there is room.
 */
export class SourceCache {
  readonly #maxBytes: number
  /** By distributor, the one used last at the end. */
  readonly #catalogues = new Map<string, Catalogue>()
  /** Pages that were asked for more than once. */
  readonly #shared = new WeakMap<Page, SharedPage>()

  constructor({ maxBytes = 32 * mebibyte }: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = maxBytes
  }

  /** What its pages take, as far as that can be estimated: never more than the limit. */
  get bytes(): number {
    return [...this.#catalogues.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Whether there is a page with this name, or any, of the catalogue in this state. */
  has({ distributorId, revision }: CatalogueKey, name?: string): boolean {
    const known = this.#catalogues.get(distributorId)
    if (known?.revision !== revision) return false
    return name === undefined ? known.pages.size > 0 : known.pages.has(name)
  }

  /** The page with this name, read once. A read that fails is forgotten, and everybody who waits for it hears of that. */
  async page(key: CatalogueKey, name: string, read: () => Promise<Page>): Promise<Page> {
    const catalogue = this.#use(key)
    const known = catalogue.pages.get(name)
    if (known) {
      const page = await known
      if (!this.#shared.has(page)) this.#shared.set(page, { key, name })
      return page
    }
    const page = read()
    catalogue.pages.set(name, page)
    try {
      this.#keep(catalogue, name, await page)
    } catch (error) {
      catalogue.pages.delete(name)
      throw error
    }
    return page
  }

  /**
   * What of a page that was asked for more than once is made by these rules, once; undefined of any other page, and where there is no
   * room for it.
   */
  prepared(page: Page, rules: string, prepare: () => Promise<PreparedPage>): Promise<PreparedPage> | undefined {
    const shared = this.#shared.get(page)
    if (shared?.prepared?.rules === rules) return shared.prepared.page
    if (!shared || !this.#hasRoomToPrepare(shared, page)) return undefined
    const made = prepare()
    shared.prepared = { rules, page: made }
    made.catch(() => {
      if (shared.prepared?.page === made) shared.prepared = undefined
    })
    return made
  }

  /** It is counted with the first, as long as its catalogue is kept. */
  #hasRoomToPrepare(shared: SharedPage, page: Page): boolean {
    if (shared.hasRoom) return true
    const { key, name } = shared
    const catalogue = this.has(key, name) ? this.#catalogues.get(key.distributorId) : undefined
    if (!catalogue) return false
    const bytes = bytesOfPrepared * page.length
    this.#makeRoom(catalogue, bytes)
    if (this.bytes + bytes > this.#maxBytes) return false
    catalogue.bytes += bytes
    shared.hasRoom = true
    return true
  }

  #use({ distributorId, revision }: CatalogueKey): Catalogue {
    const known = this.#catalogues.get(distributorId)
    const catalogue = known?.revision === revision ? known : { revision, pages: new Map(), bytes: 0 }
    this.#catalogues.delete(distributorId)
    this.#catalogues.set(distributorId, catalogue)
    return catalogue
  }

  #keep(catalogue: Catalogue, name: string, page: Page): void {
    const bytes = bytesOf(page)
    this.#makeRoom(catalogue, bytes)
    if (this.bytes + bytes <= this.#maxBytes) catalogue.bytes += bytes
    else catalogue.pages.delete(name)
  }

  #makeRoom(inUse: Catalogue, bytes: number): void {
    for (const [distributorId, catalogue] of this.#catalogues) {
      if (this.bytes + bytes <= this.#maxBytes) return
      if (catalogue !== inUse) this.#catalogues.delete(distributorId)
    }
  }
}

interface SharedPage {
  readonly key: CatalogueKey
  readonly name: string
  /** By the rules that were asked for last. */
  prepared?: Prepared | undefined
  hasRoom?: boolean
}

interface Prepared {
  /** Their revision. */
  readonly rules: string
  readonly page: Promise<PreparedPage>
}

interface Catalogue {
  readonly revision: string
  readonly pages: Map<string, Promise<Page>>
  bytes: number
}

/** Of an object with its thirteen fields and the heads of its texts, as measured on Node 24; two bytes a letter at the most. */
const bytesOfProduct = 400
/** Of what is prepared of one, measured likewise. */
const bytesOfPrepared = 650

function bytesOf(page: Page): number {
  let bytes = 0
  for (const product of page) bytes += bytesOfProduct + 2 * lettersOf(product)
  return bytes
}

/** Of the texts that a product has for itself; those of its category, tax, brand and unit are shared by thousands. */
function lettersOf({ sku, name, imagePath }: SourceProduct): number {
  return (sku?.length ?? 0) + name.length + (imagePath?.length ?? 0)
}
