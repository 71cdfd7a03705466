import { syncBuiltinESMExports } from 'node:module'
import type { ClaimedJob, Reservation } from '../connection.ts'
import type { SharedThing } from '../errors.ts'

export interface ProcessChange {
  readonly thing: SharedThing
  /** Undefined when it is not known which job it was. */
  readonly culprit: ClaimedJob | undefined
}

/** What is known of the handlers of this process. */
export interface Handlers {
  /** The job on whose behalf the code runs that asks. */
  readonly current: ClaimedJob | undefined
  /** How many run. */
  readonly running: number
  isRunning(job: Reservation): boolean
}

/**
 * Looks whether a job left something changed that all jobs of the process share, and undoes it: files would land in another
 * folder, or be anybody's to read, and loops over keys would meet one more. Who changes the folder or the mask is noted when
 * it happens, because to ask the system after each job takes as long as a short job.
 *
 * The environment is left alone: libraries write into it as a matter of course, and it is how a job tells the programs that
 * it starts what they need to know.
 */
export class ProcessChanges implements Disposable {
  readonly #handlers: Handlers
  readonly #prototype = new RootPrototype()
  readonly #guarded: readonly Guarded[]

  constructor(handlers: Handlers) {
    this.#handlers = handlers
    const touchedBy = () => handlers.current
    this.#guarded = [new Directory(touchedBy), new FileMask(touchedBy), this.#prototype]
    syncBuiltinESMExports()
  }

  /** The handler of this job has begun, and given back the turn: nobody else had one meanwhile. */
  afterFirstTurn(job: ClaimedJob): void {
    if (this.#prototype.hasChanged() && this.#prototype.toucher === unknownToucher) this.#prototype.toucher = job
  }

  /** What this job, whose handler has just ended, or one before it left changed; undefined when all is as it was. */
  after(job: ClaimedJob): ProcessChange | undefined {
    const changed = this.#guarded.find((each) => each.hasChanged() && !this.#isStillAtIt(each))
    if (!changed) return undefined
    const { thing, toucher } = changed
    changed.undo()
    if (toucher !== unknownToucher) return { thing, culprit: toucher }
    return { thing, culprit: this.#handlers.running === 0 ? job : undefined }
  }

  [Symbol.dispose](): void {
    for (const each of this.#guarded) each[Symbol.dispose]()
    syncBuiltinESMExports()
  }

  /** Whoever still runs may have changed it for a while. */
  #isStillAtIt({ toucher }: Guarded): boolean {
    return typeof toucher === 'object' && this.#handlers.isRunning(toucher)
  }
}

const unknownToucher = 'unknown'

interface Guarded extends Disposable {
  readonly thing: SharedThing
  /** Undefined when it was no job. */
  readonly toucher: ClaimedJob | undefined | typeof unknownToucher
  /** Quick while nobody touches it. */
  hasChanged(): boolean
  undo(): void
}

class Directory implements Guarded {
  readonly thing = 'directory'
  toucher: ClaimedJob | undefined
  readonly #first = workingFolder()
  readonly #change = process.chdir
  #isTouched = false

  constructor(touchedBy: () => ClaimedJob | undefined) {
    process.chdir = (folder) => {
      this.#change.call(process, folder)
      this.#isTouched = true
      this.toucher = touchedBy()
    }
  }

  hasChanged(): boolean {
    this.#isTouched &&= workingFolder() !== this.#first
    return this.#isTouched
  }

  undo(): void {
    this.#isTouched = false
    try {
      if (this.#first !== undefined) this.#change.call(process, this.#first)
    } catch {
      // The folder is gone.
    }
  }

  [Symbol.dispose](): void {
    process.chdir = this.#change
  }
}

/** Undefined when it was removed. */
function workingFolder(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

class FileMask implements Guarded {
  readonly thing = 'umask'
  toucher: ClaimedJob | undefined
  readonly #change = process.umask
  readonly #first: number
  #mask: number

  constructor(touchedBy: () => ClaimedJob | undefined) {
    // To be told it one has to set it, and for that moment no file should be anybody's.
    this.#first = this.#change.call(process, 0o077)
    this.#change.call(process, this.#first)
    this.#mask = this.#first
    process.umask = (mask?: string | number) => {
      if (mask === undefined) return this.#mask
      const before = this.#change.call(process, mask)
      this.#mask = typeof mask === 'string' ? Number.parseInt(mask, 8) : mask & 0o777
      this.toucher = touchedBy()
      return before
    }
  }

  hasChanged(): boolean {
    return this.#mask !== this.#first
  }

  undo(): void {
    this.#mask = this.#first
    this.#change.call(process, this.#first)
  }

  [Symbol.dispose](): void {
    process.umask = this.#change
  }
}

class RootPrototype implements Guarded {
  readonly thing = 'prototype'
  toucher: ClaimedJob | typeof unknownToucher = unknownToucher
  readonly #first = new Set(Object.keys(Object.prototype))

  hasChanged(): boolean {
    return Object.keys(Object.prototype).length !== this.#first.size
  }

  undo(): void {
    for (const key of Object.keys(Object.prototype))
      if (!this.#first.has(key)) Reflect.deleteProperty(Object.prototype, key)
    this.toucher = unknownToucher
  }

  [Symbol.dispose](): void {
    // Nothing of it was replaced.
  }
}
