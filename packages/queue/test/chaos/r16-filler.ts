import { closeSync, ftruncateSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Another program's file, which takes the room of a disk. */
export class Filler implements Disposable {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Takes all but so many pages of 4 KiB. */
  fill(freePages: number): void {
    const file = openSync(this.#path, 'a')
    try {
      writeUntilFull(file)
      const { size } = statSync(this.#path)
      ftruncateSync(file, Math.max(0, Math.floor(size / pageBytes) - freePages) * pageBytes)
    } finally {
      closeSync(file)
    }
  }

  /** Gives all of it back. */
  free(): void {
    rmSync(this.#path, { force: true })
  }

  get freePages(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#path))
    return Math.floor((bavail * bsize) / pageBytes)
  }

  [Symbol.dispose](): void {
    this.free()
  }
}

const pageBytes = 4_096
const block = Buffer.alloc(1_048_576, 'x')

function writeUntilFull(file: number): void {
  for (let bytes = block.length; bytes >= pageBytes; ) {
    try {
      const written = writeSync(file, block, 0, bytes)
      if (written === 0) return
    } catch {
      bytes = Math.floor(bytes / 2)
    }
  }
}
