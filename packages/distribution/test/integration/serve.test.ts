import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { eventually } from '../../../queue/test/support/eventually.ts'
import { Installation, killGroup } from '../support/installation.ts'

const installation = new Installation()
let url = ''
let server: ReturnType<Installation['start']>

before(async () => {
  const port = await freePort()
  server = installation.start('serve', '--migrate', '--demo', `--port=${port}`)
  for await (const line of createInterface({ input: server.stdout ?? process.stdin })) {
    const [found] = /http:\/\/\S+/.exec(line) ?? []
    if (found) url = found
    if (/Ctrl\+C/.test(line)) break
  }
})

after(() => {
  if (server.exitCode === null) killGroup(server)
  installation[Symbol.dispose]()
})

test('a store registered through the form is answered at once and stocked in the background', async () => {
  const form = new URLSearchParams({
    name: 'Tienda La 45',
    type: 'CC',
    identification: '12345678',
    email: 'la45@example.co',
  })

  const answer = await fetch(`${url}/stores`, {
    method: 'POST',
    body: form,
    headers: { origin: url },
    redirect: 'manual',
  })

  assert.equal(answer.status, 303)
  const run = await finishedRun()
  assert.equal(run.state, 'completed')
  assert.equal(run.copied, run.total)
  const page = await (await fetch(new URL(answer.headers.get('location') ?? '', url))).text()
  assert.match(page, /Tienda La 45/)
})

test('a worker that is killed is started again', async () => {
  const before = workerPid()
  process.kill(before, 'SIGKILL')

  await eventually(() => workerPid() !== before)
})

test('it ends with 0 when it is told, and its worker with it', async () => {
  const worker = workerPid()
  const exited = once(server, 'exit')

  server.kill('SIGTERM')

  assert.deepEqual(await exited, [0, null])
  assert.throws(() => process.kill(worker, 0), { code: 'ESRCH' })
})

async function finishedRun(): Promise<Readonly<Record<string, unknown>>> {
  return eventually(() => installation.central('select * from copy_runs where finished_at is not null')[0])
}

/** The log names every worker that was started. */
function workerPid(): number {
  const lines = readFileSync(installation.path('storage/logs/surtidor.log'), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line)).findLast(({ event }) => event === 'worker_start').worker
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}
