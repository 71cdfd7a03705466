import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { OperatorReport, OperatorSettings } from './r17-operator.ts'

/** Answers its report when it has done all its operations. */
export async function runOperator(settings: OperatorSettings): Promise<OperatorReport> {
  const env = { ...process.env, OPERATOR: JSON.stringify(settings) }
  const child = fork(join(import.meta.dirname, 'r17-operator.ts'), [], { env })
  const [report] = await answerOf(child)
  return report
}

export interface Reader {
  /** Answers how many snapshots it has read. */
  end(): Promise<number>
}

/** Reads one snapshot after the other, each for so many milliseconds. Resolves when it has begun. */
export async function startReader(place: string, milliseconds: number): Promise<Reader> {
  const child = fork(join(import.meta.dirname, 'r17-reader.ts'), [place, String(milliseconds)])
  await answerOf(child)
  return {
    end: async () => {
      const answer = answerOf(child)
      child.send('end')
      return (await answer)[0]
    },
  }
}

/** Holds the right to write, and stands still. Resolves when it does; disposing of it kills it. */
export async function startStoppedWriter(place: string): Promise<AsyncDisposable> {
  const child = fork(join(import.meta.dirname, 'r17-holder.ts'), [place])
  await answerOf(child)
  child.kill('SIGSTOP')
  return {
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** Rejects when the process ends without one. Its last words may be heard after its end: the channel closes behind them. */
async function answerOf(child: ChildProcess) {
  const ended = new AbortController()
  const { signal } = ended
  const exit = Promise.all([once(child, 'exit', { signal }), once(child, 'disconnect', { signal })]).then(
    ([[code]]) => {
      throw new Error(`The process ended with ${code}.`)
    },
  )
  try {
    return await Promise.race([once(child, 'message'), exit])
  } finally {
    exit.catch(() => undefined)
    ended.abort()
  }
}
