import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { jobData } from '../job-data.ts'
import { serverOf } from '../place.ts'
import type { Entrant, Session } from './contender.ts'
import { makeTables } from './our-connection.ts'

/** Laravel's own worker, in a PHP process of its own, on our table. */
export async function open({ place }: Entrant): Promise<Session> {
  await makeTables(place)
  const php = (task: string, count: number) => runPhp({ task, count, data: jobData(), server: serverOf(place) })
  return {
    addMany: async (count) => {
      await php('fill', count)
    },
    drain: (count) => php('drain', count),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Answers the milliseconds that the script measured. */
async function runPhp(task: object): Promise<number> {
  const script = join(import.meta.dirname, 'laravel.php')
  const child = spawn('php', [script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.on('data', (text) => {
    output += text
  })
  const [code] = await once(child, 'close')
  const elapsedMs = Number(output)
  if (code !== 0 || output === '' || Number.isNaN(elapsedMs)) throw new Error(`php ended with ${code}: ${output}`)
  return elapsedMs
}
