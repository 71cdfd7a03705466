import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Queue } from '../../src/index.ts'
import { comesTrue, eventually } from '../support/eventually.ts'
import { chaosProgram, jobName } from './harness/chaos-program.ts'
import { Fleet } from './harness/fleet.ts'
import { readLedgers } from './harness/ledger.ts'
import { familyOf } from './harness/process-tree.ts'
import type { ProgramSettings } from './harness/program.ts'

const queueName = 'process'
const jobsAtOnce = 5

/** One `queue:work` of the command line with a queue of its own, in the same trouble as the others. */
export class WorkingProcess implements AsyncDisposable {
  readonly #fleet: Fleet
  readonly #folder: string
  readonly #queue: Queue
  #dispatched = 0

  /** The jobs are dispatched on `queue`. */
  constructor(settings: ProgramSettings, queue: Queue) {
    const words = ['queue:work', `--queue=${queueName}`, '--sleep=0.5']
    this.#fleet = new Fleet({ size: 1, program: chaosProgram, words, settings, restarts: false })
    this.#folder = settings.folder
    this.#queue = queue
    this.#fleet.start()
  }

  /** Dispatches some jobs. */
  async dispatch(): Promise<void> {
    for (let index = 0; index < jobsAtOnce; index += 1) {
      const key = randomUUID()
      const push = () => this.#queue.push(jobName('plain'), { kind: 'plain', ms: 10 }, { queue: queueName, key })
      await eventually(() => push().catch(() => undefined), 30)
      this.#dispatched += 1
    }
  }

  /** Answers whether all that was dispatched is done within so many seconds. */
  async isDone(seconds: number): Promise<boolean> {
    const isDone = () => this.#count('done') >= this.#dispatched
    return comesTrue(isDone, seconds)
  }

  /** How far it has come: `5 of 10 jobs done, 1 failed`. */
  get progress(): string {
    return `${this.#count('done')} of ${this.#dispatched} jobs done, ${this.#count('failed')} failed`
  }

  /** The memory of its parent and its runner. */
  get residentBytes(): number {
    const processes = this.#fleet.members.flatMap(({ pid }) => familyOf(pid))
    return processes.reduce((sum, pid) => sum + residentBytesOf(pid), 0)
  }

  /** What is wrong with it; empty while it is the process that was started. */
  get problems(): readonly string[] {
    const ends = this.#count('exit')
    return ends > 0 || this.#fleet.members.length !== 1 ? ['The process of queue:work has ended.'] : []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fleet[Symbol.asyncDispose]()
  }

  #count(event: 'done' | 'failed' | 'exit'): number {
    return readLedgers(this.#folder).filter((entry) => entry.event === event).length
  }
}

function residentBytesOf(pid: number): number {
  const [, kilobytes = 0] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
