import type { WorkerOptions } from '../worker/worker-options.ts'
import { Custody, type OpenedQueue } from './custody.ts'
import type { SettlingTask } from './messages.ts'
import { Post } from './post.ts'
import { identityOf } from './process-identity.ts'
import type { RecordFolder } from './record-folder.ts'
import type { RunnerEnd } from './runner-process.ts'
import { settleElsewhere } from './settling.ts'
import { type SlotLease, slotName, takeSlots } from './slot-lease.ts'

export interface SupervisorSettings {
  /** The file that runners are started with. */
  readonly script: string
  /** Their words, with what is left to do of what was asked. */
  readonly words: (left: LeftToDo) => readonly string[]
  readonly runners: number
  readonly options: WorkerOptions
  readonly folder: RecordFolder
  /** Opens the queue: only when something has to be told to it. */
  readonly open: () => Promise<OpenedQueue>
  /** Bounds how many runners of this group are alive, over all hosts; without it this process starts all it was told. */
  readonly slots?: SlotGroup
  /** Hears that there was no slot left. */
  readonly onFull?: () => void
  readonly onStart?: (pid: number) => void
  readonly onEnd?: (end: RunnerEnd) => void
  /** Resident megabytes after which a runner is killed; 0 for no limit. */
  readonly maxMegabytes: number
}

/** Workers that are counted together. */
export interface SlotGroup {
  /** Undefined for the default one. */
  readonly queues: readonly string[] | undefined
  readonly workerName: string
}

/** After earlier runners. 0 for no limit. */
export interface LeftToDo {
  readonly maxJobs: number
  readonly maxTime: number
}

/**
 * A small process that keeps runners at work: starts each again that a job has ended, gives back what it held and records
 * the cause, kills who goes on after its timeout or takes too much memory, and passes signals on. It runs no jobs, so that
 * no job can end it.
 */
export class Supervisor {
  readonly #settings: SupervisorSettings
  readonly #custody: Custody
  readonly #startedAt = performance.now()
  /** One has come to work. */
  readonly #ready = Promise.withResolvers<undefined>()
  #posts: readonly Post[] = []
  #isStopped = false
  #isPaused = false
  #isLooking = false

  constructor(settings: SupervisorSettings) {
    this.#settings = settings
    const { folder, open, script, words } = settings
    // With the options of the runners: that is how long a job waits, and how often it is tried.
    const settle = (task: SettlingTask) => settleElsewhere(task, { script, words: words({ maxJobs: 0, maxTime: 0 }) })
    this.#custody = new Custody({ folder, open, settle })
  }

  /** Resolves with the exit code when all runners have ended for good. */
  async run(): Promise<number> {
    await using _custody = this.#custody
    if (this.#settings.slots) await this.#lookBack()
    const leases = await this.#takeLeases()
    try {
      return await this.#work(leases)
    } finally {
      await Promise.all(leases.map((lease) => lease?.free()))
    }
  }

  /** The first time lets the current jobs end, then ends at once: what runs goes back, and it was no try. */
  stop(): void {
    this.#isStopped = true
    for (const post of this.#posts) post.stop()
  }

  /** No runner takes a job until `resume`. */
  pause(): void {
    this.#isPaused = true
    for (const post of this.#posts) post.pause()
  }

  resume(): void {
    this.#isPaused = false
    for (const post of this.#posts) post.resume()
  }

  /**
   * What a worker that was killed left behind must not keep this one from finding the queue empty; nor may a runner of it
   * that goes on after its timeout keep its slot.
   */
  async #lookBack(): Promise<void> {
    await this.#custody.lookAround((await this.#custody.supervision()).database)
  }

  /** One for each runner that may be started. */
  async #takeLeases(): Promise<readonly (SlotLease | undefined)[]> {
    const { runners, slots, onFull } = this.#settings
    if (slots === undefined) return Array.from({ length: runners })
    const supervision = await this.#custody.supervision()
    const { queues = [supervision.defaultQueue], workerName } = slots
    const leases = await takeSlots(supervision.slots, { name: slotName(workerName, queues), count: runners })
    if (leases.length === 0) onFull?.()
    return leases
  }

  async #work(leases: readonly (SlotLease | undefined)[]): Promise<number> {
    if (this.#isStopped) return 0
    const posts = leases.map((lease) => ({ lease, post: this.#openPost(lease) }))
    this.#posts = posts.map(({ post }) => post)
    const looking = setInterval(() => void this.#lookAround(), lookAroundMs)
    try {
      return await this.#runPosts(posts)
    } finally {
      clearInterval(looking)
    }
  }

  /** What keeps the first from coming to work would keep the others too, and is said once. */
  async #runPosts([first, ...others]: readonly HeldPost[]): Promise<number> {
    if (!first) return 0
    const firstCode = this.#runPost(first)
    const code = await Promise.race([firstCode, this.#ready.promise])
    if (code !== undefined) return code
    return Math.max(...(await Promise.all([firstCode, ...others.map((each) => this.#runPost(each))])))
  }

  #openPost(lease: SlotLease | undefined): Post {
    const { script, folder, options, maxMegabytes, onStart, onEnd } = this.#settings
    const post: Post = new Post({
      script,
      maxMegabytes,
      isOnce: options.once ?? false,
      custody: this.#custody,
      nextWords: (jobsBegun) => this.#nextWords(jobsBegun),
      makeRecord: () => folder.create(),
      onStart: (pid) => {
        lease?.holdFor(identityOf(pid))
        onStart?.(pid)
      },
      onReady: () => this.#ready.resolve(undefined),
      onEnd: (end) => onEnd?.(end),
    })
    // Another has the slot by now.
    if (lease) lease.onLost = () => post.end()
    if (this.#isPaused) post.pause()
    return post
  }

  async #runPost({ post, lease }: HeldPost): Promise<number> {
    // The others may be at it for long: who starts meanwhile has this slot.
    const code = await post.run().finally(() => lease?.free())
    // Whoever keeps this process running starts it anew, as Laravel's worker expects it.
    if (code === memoryCode) for (const other of this.#posts) if (other !== post) other.end()
    return code
  }

  /** Each runner's place has the jobs that were asked for, however many runners fill it one after the other. */
  #nextWords(jobsBegun: number): readonly string[] | undefined {
    const { options, words } = this.#settings
    const maxJobs = leftOf(options.maxJobs, jobsBegun)
    const maxTime = leftOf(options.maxTime, Math.floor((performance.now() - this.#startedAt) / 1000))
    return maxJobs === undefined || maxTime === undefined ? undefined : words({ maxJobs, maxTime })
  }

  async #lookAround(): Promise<void> {
    const database = this.#posts.map((post) => post.database).find((each) => each !== undefined)
    if (database === undefined || this.#isLooking) return
    this.#isLooking = true
    await this.#custody.lookAround(database)
    this.#isLooking = false
  }
}

interface HeldPost {
  readonly post: Post
  /** Undefined where workers are not counted. */
  readonly lease: SlotLease | undefined
}

const lookAroundMs = 2_000
const memoryCode = 12

/** 0 for no limit; undefined when nothing is left. */
function leftOf(limit: number | undefined, done: number): number | undefined {
  if (limit === undefined || limit === 0) return 0
  return limit > done ? limit - done : undefined
}
