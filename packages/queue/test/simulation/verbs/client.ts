import type { Connection } from '../../../src/connection.ts'
import { SimulatedProcess } from '../world/simulated-process.ts'

/** What gives a process its connection, a new one after each death. */
export interface Host {
  connect(process: SimulatedProcess): Connection
  /** Something went wrong that no fault explains. */
  complain(sentence: string): void
}

/** A process that asks the queue for something, and does not wait for the answer before it asks for more. */
export class Client {
  readonly process: SimulatedProcess
  readonly #host: Host
  #connection: Connection

  constructor(name: string, host: Host) {
    this.process = new SimulatedProcess(name)
    this.#host = host
    this.#connection = host.connect(this.process)
  }

  /** Resolves to the answer, or to undefined when there was none; never in a process that died meanwhile. */
  async ask<T>(question: (connection: Connection) => Promise<T>): Promise<T | undefined> {
    try {
      return await question(this.#connection)
    } catch (error) {
      const isFault = error instanceof Error && error.name === 'NoAnswerError'
      if (!isFault) this.#host.complain(`${this.process.life} was answered with an error: ${String(error)}`)
      return undefined
    }
  }

  /** Dies and begins anew. */
  restart(): void {
    this.process.die()
    this.#connection = this.#host.connect(this.process)
  }
}
