/**
 * Ids by what stands for a SKU, in eight bytes for each or little more. Only a hash is kept of the SKU: an id that is found has to
 * be looked at.
 */
export class SkuIndex {
  #hashes = new Int32Array(smallest)
  /** 0 where a place is free: no product has that id. */
  #ids = new Int32Array(smallest)
  #size = 0

  /** The same id may be there under several SKUs, and under one it is once. */
  add(key: string, id: number): void {
    if (this.#size * 2 >= this.#ids.length) this.#grow()
    this.#put(hashOf(key), id)
  }

  /** Those with this SKU, and rarely another one. */
  find(key: string): readonly number[] {
    const hash = hashOf(key)
    const found: number[] = []
    for (let place = this.#placeOf(hash); this.#ids[place] !== 0; place = this.#after(place))
      if (this.#hashes[place] === hash) found.push(this.#ids[place] ?? 0)
    return found
  }

  #put(hash: number, id: number): void {
    let place = this.#placeOf(hash)
    for (; this.#ids[place] !== 0; place = this.#after(place))
      if (this.#hashes[place] === hash && this.#ids[place] === id) return
    this.#hashes[place] = hash
    this.#ids[place] = id
    this.#size += 1
  }

  #placeOf(hash: number): number {
    return hash & (this.#ids.length - 1)
  }

  #after(place: number): number {
    return (place + 1) & (this.#ids.length - 1)
  }

  /** At most half of the places are taken, so that a search is short. */
  #grow(): void {
    const [hashes, ids] = [this.#hashes, this.#ids]
    this.#hashes = new Int32Array(2 * ids.length)
    this.#ids = new Int32Array(2 * ids.length)
    this.#size = 0
    for (const [place, id] of ids.entries()) if (id !== 0) this.#put(hashes[place] ?? 0, id)
  }
}

/** A power of two. */
const smallest = 1024

/** FNV-1a, with its last bits mixed: SKUs mostly differ at their end. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let place = 0; place < key.length; place += 1) hash = Math.imul(hash ^ key.charCodeAt(place), 0x01000193)
  return hash ^ (hash >>> 15)
}
