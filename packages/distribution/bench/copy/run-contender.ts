import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { launcherFlags } from '../../test/support/launcher-flags.ts'
import type { Task } from './child-task.ts'
import type { Copied } from './contenders/contender.ts'

// Ours runs as ./surtidor starts it: with its flags, and what Node makes of the sources kept between runs.
const root = join(import.meta.dirname, '../../../..')
const compileCache = join(root, 'node_modules/.cache/surtidor')

const running = new Set<ChildProcess>()
process.on('exit', killContenders)

/** Ends what is being measured, so that its databases can go. */
export function killContenders(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Runs one copy in a process of its own; throws what that said when it failed. */
export async function runContender(task: Task, limitMs: number): Promise<Copied> {
  const [program, words] = commandOf(task)
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...(task.module === 'ours' && { NODE_COMPILE_CACHE: compileCache }) },
  })
  running.add(child)
  let output = ''
  let errors = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.on('data', (text) => {
    errors += text
  })
  const [code, signal] = await once(child, 'close')
  running.delete(child)
  if (code !== 0) throw new Error(`${task.module} ended with ${code ?? signal}: ${(errors || output).slice(-1_500)}`)
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
}

function commandOf(task: Task): [program: string, words: readonly string[]] {
  const { module, databases } = task
  if (module === 'original') {
    // All products are in its memory at once.
    return ['php', ['-d', 'memory_limit=-1', contender('original.php'), JSON.stringify(databases)]]
  }
  const flags = module === 'ours' ? launcherFlags : []
  return [process.execPath, [...flags, join(import.meta.dirname, 'child.ts'), JSON.stringify(task)]]
}

function contender(file: string): string {
  return join(import.meta.dirname, 'contenders', file)
}
