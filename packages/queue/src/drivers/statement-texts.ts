import { createHash } from 'node:crypto'

/**
 * Which statement texts come again and again. One that comes once (an insert of an odd number of rows) is not worth a
 * prepared statement, and many of those would push out the ones that are.
 */
export class StatementTexts {
  readonly #names = new Map<string, string>()
  #seenOnce = new Set<string>()

  /** True from the second time on. */
  isRepeated(sql: string): boolean {
    return this.nameOf(sql) !== undefined
  }

  /**
   * A short name for a text that comes again; undefined for one that is new. It follows from the text: behind a pooler two
   * processes share a session, and one name for two texts would run the statement of the other.
   */
  nameOf(sql: string): string | undefined {
    const name = this.#names.get(sql)
    if (name !== undefined) return name
    if (this.#names.size >= maxNames) return undefined
    if (!this.#seenOnce.has(sql)) {
      if (this.#seenOnce.size >= maxNames) this.#seenOnce = new Set()
      this.#seenOnce.add(sql)
      return undefined
    }
    const newName = `surtidor_${createHash('sha1').update(sql).digest('hex').slice(0, 20)}`
    this.#names.set(sql, newName)
    return newName
  }
}

const maxNames = 100
