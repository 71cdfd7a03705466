import { globSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownFolder } from './private-servers.ts'

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1')

/** Debian's package `libfaketime` is there. */
export const canFakeTime = library !== undefined

/**
 * A clock for other processes: those that are started with its environment, and who descends from them, read it instead of
 * the machine's, and it can be set while they run. Only the time of the wall is faked: they count seconds as before.
 */
export class FakeClock implements Disposable {
  readonly #folder = ownFolder()

  constructor(secondsAhead = 0) {
    this.set(secondsAhead)
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      // The file is read each time.
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
  }

  /** So many seconds ahead of the machine's clock; behind it when less than 0. */
  set(secondsAhead: number): void {
    // Whoever reads finds the old one or the new one.
    writeFileSync(`${this.#file}.new`, `${secondsAhead < 0 ? '' : '+'}${secondsAhead}\n`, { mode: 0o644 })
    renameSync(`${this.#file}.new`, this.#file)
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]()
  }

  get #file(): string {
    return join(this.#folder.path, 'clock')
  }
}
