import type { Activation } from './activation.ts'

/** How long the seller may show a link on the page after it was made. */
const shownMs = 10 * 60_000
const maxLinks = 1_000

interface ShownLink {
  readonly activation: Activation
  readonly until: number
}

/**
 * Links that were made a moment ago, for the page that follows. In memory alone: no table, no address and no log holds a
 * token. When the server has been started again, or the time is over, somebody makes a new link.
 */
export class ShownLinks {
  readonly #links = new Map<number, ShownLink>()

  keep(companyId: number, activation: Activation): void {
    this.#links.delete(companyId)
    this.#links.set(companyId, { activation, until: Date.now() + shownMs })
    for (const oldest of this.#links.keys()) if (this.#links.size > maxLinks) this.#links.delete(oldest)
  }

  /** Undefined when there is none, or its time is over. */
  find(companyId: number): Activation | undefined {
    const link = this.#links.get(companyId)
    if (link && link.until > Date.now()) return link.activation
    this.#links.delete(companyId)
    return undefined
  }
}
