import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { eventually } from '../../../queue/test/support/eventually.ts'
import { Installation, killGroup } from '../support/installation.ts'

test('a store registered through the form is answered at once and stocked in the background', async () => {
  await using site = await Site.start()
  const form = new URLSearchParams({
    contactType: 'CLIENTE',
    name: 'Tienda La 45',
    type: 'CC',
    identification: '12345678',
    firstName: 'Ana',
    surname: 'Niño',
    email: 'la45@example.co',
    address: 'Calle 45 # 12-30',
    district: 'Santa Fe',
    city: 'Bogotá',
    createUser: 'yes',
  })

  const answer = await fetch(`${site.url}/stores`, {
    method: 'POST',
    body: form,
    headers: { origin: site.url },
    redirect: 'manual',
  })

  assert.equal(answer.status, 303)
  const run = await eventually(
    () => site.installation.central('select * from copy_runs where finished_at is not null')[0],
  )
  assert.equal(run.state, 'completed')
  assert.equal(run.copied, run.total)
  const page = await (await fetch(new URL(answer.headers.get('location') ?? '', site.url))).text()
  assert.match(page, /Tienda La 45/)
})

test('a worker that is killed is started again', async () => {
  await using site = await Site.start()
  const before = site.workerPid()

  process.kill(before, 'SIGKILL')

  await eventually(() => site.workerPid() !== before)
})

test('a publication whose jobs were lost goes on by itself', async () => {
  await using site = await Site.start(async (installation) => {
    await installation.run('migrate')
    await installation.run('store:create', '--name=La 45', '--identification=12345678', '--email=la45@example.co')
    await installation.run('queue:work', '--stop-when-empty')
    await installation.run('catalog:publish')
    await installation.run('queue:clear', '--force')
  })

  const batch = await eventually(
    () => site.installation.central('select state from sync_batches where finished_at is not null')[0],
  )

  assert.equal(batch.state, 'completed_with_errors')
})

test('it ends with 0 when it is told, and its worker with it', async () => {
  await using site = await Site.start()
  const exited = once(site.server, 'exit')

  site.server.kill('SIGTERM')

  assert.deepEqual(await exited, [0, null])
  assert.equal(isAlive(site.workerPid()), false)
})

test('a folder for its worker that others may use is refused with a sentence before anything is served', async () => {
  using installation = new Installation()
  mkdirSync(installation.path('storage/workers'), { recursive: true })
  chmodSync(installation.path('storage/workers'), 0o755)

  const { code, output, errors } = await installation.run('serve', '--migrate', `--port=${await freePort()}`)

  assert.deepEqual([code, output], [1, ''])
  assert.match(errors, /^La carpeta [^\n]*storage\/workers, [^\n]* chmod 700 [^\n]*\n$/)
})

test('when it is killed its worker ends by itself', async () => {
  await using site = await Site.start()
  const worker = site.workerPid()
  assert.equal(isAlive(worker), true)

  site.server.kill('SIGKILL')

  await eventually(() => !isAlive(worker))
})

/** `./surtidor serve` with the demo catalogue on a free port. */
class Site implements AsyncDisposable {
  readonly installation: Installation
  readonly url: string
  readonly server: ChildProcess

  static async start(prepare?: (installation: Installation) => Promise<void>): Promise<Site> {
    const installation = new Installation()
    await prepare?.(installation)
    const site = new Site(installation, await freePort())
    for await (const line of createInterface({ input: site.server.stdout ?? process.stdin })) {
      if (!/Ctrl\+C/.test(line)) continue
      await eventually(() => site.findWorker())
      return site
    }
    throw new Error('The server ended before it listened.')
  }

  constructor(installation: Installation, port: number) {
    this.installation = installation
    this.url = `http://localhost:${port}`
    this.server = this.installation.start('serve', '--migrate', '--demo', `--port=${port}`)
  }

  /** The log names every worker that was started. */
  findWorker(): number | undefined {
    const log = this.installation.path('storage/logs/surtidor.log')
    const text = existsSync(log) ? readFileSync(log, 'utf8') : ''
    const lines = text.split('\n').filter((line) => line.includes('"worker_start"') && line.endsWith('}'))
    return lines.map((line) => JSON.parse(line).worker).at(-1)
  }

  workerPid(): number {
    const worker = this.findWorker()
    assert.ok(worker)
    return worker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.workerPid()
    if (this.server.exitCode === null && this.server.signalCode === null) killGroup(this.server)
    await eventually(() => !isAlive(worker))
    this.installation[Symbol.dispose]()
  }
}

/** A process that has ended and that nobody has asked about yet is dead too. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}
