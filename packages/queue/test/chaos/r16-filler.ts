import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Another program's file, which takes the room of a disk. */
export class Filler implements Disposable {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Takes what is free now but so many pages of 4 KiB; what others give back meanwhile is theirs. */
  fill(freePages: number): void {
    const file = openSync(this.#path, 'a')
    try {
      write(file, (this.freePages - freePages) * pageBytes)
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

function write(file: number, bytes: number): void {
  for (let left = bytes; left > 0; ) {
    try {
      left -= writeSync(file, block, 0, Math.min(left, block.length))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return
      throw error
    }
  }
}
