import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const root = resolve(import.meta.dirname, '../../../..')
export const surtidor = join(root, 'surtidor')

export interface Finished {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** An installation of its own in a temporary folder, used through `./surtidor` as a person would; gone afterwards. */
export class Installation implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'surtidor-'))
  readonly #environment: Readonly<Record<string, string>>

  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Runs one command to its end, at most five minutes. */
  run(...words: readonly string[]): Promise<Finished> {
    return new Promise((resolve) => {
      const options = { env: this.#env, cwd: this.folder, timeout: 300_000, maxBuffer: 64 * 1_048_576 }
      const child = execFile(surtidor, words, options, (_error, output, errors) =>
        resolve({ code: child.exitCode, output, errors }),
      )
    })
  }

  /** Starts a command in a process group of its own, which `killGroup` ends with everything in it. */
  start(...words: readonly string[]): ChildProcess {
    return spawn(surtidor, words, {
      env: this.#env,
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Reads the central database. */
  central(sql: string): readonly Readonly<Record<string, unknown>>[] {
    return read(this.path('storage/database/surtidor.sqlite'), sql)
  }

  /** Reads the database of the store of a company. */
  store(companyId: number, sql: string): readonly Readonly<Record<string, unknown>>[] {
    const [tenant] = this.central(`select db_name from tenants where company_id = ${companyId}`)
    return read(this.path(`storage/tenants/${tenant?.db_name}.sqlite`), sql)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  get #env(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, APP_BASE_PATH: this.folder, ...this.#environment }
  }
}

/** `kill -9` of a whole process group. */
export function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
}

/** `kill -9` of a process, its group, and of all that it has started in groups of their own, as when a host ends. */
export function killAll(child: ChildProcess): void {
  const started = startedBy(child.pid ?? 0)
  // It must not see the others fall one by one.
  killGroup(child)
  for (const pid of started) killIfThere(-pid)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is in the group of another one, or it has ended.
  }
}

function startedBy(pid: number): readonly number[] {
  try {
    // Each thread has the processes that it started.
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    return children.flatMap((child) => [child, ...startedBy(child)])
  } catch {
    return []
  }
}

function read(path: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}
