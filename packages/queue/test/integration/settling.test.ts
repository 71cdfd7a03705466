import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { settleElsewhere } from '../../src/supervisor/settling.ts'
import { familyOf, isAlive, signalTo } from '../chaos/harness/process-tree.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const settling = join(import.meta.dirname, '../../src/supervisor/settling.ts')

const task = {
  kind: 'culprit',
  culprit: { reservation: { id: '1', attempts: 1 }, durationMs: 1, end: { kind: 'crashed', cause: 'a test' } },
} as const

test('a process that settles what a job did, and never comes to its end, is killed', async (context) => {
  using folder = temporaryFolder()
  const [script, file] = [join(folder.path, 'settler.mjs'), join(folder.path, 'pid')]
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs'
     process.on('message', () => { writeFileSync('${file}', String(process.pid)); for (;;); })`,
  )
  context.mock.timers.enable({ apis: ['setTimeout'] })

  const settled = settleElsewhere(task, { script, words: [] })
  await eventually(() => existsSync(file) && readFileSync(file, 'utf8') !== '')
  context.mock.timers.tick(30_000)
  await settled

  assert.ok(!isAlive(Number(readFileSync(file, 'utf8'))))
})

test('a process that settles, and whose hook blocks it, is killed with what it started when its parent is gone', async (context) => {
  using folder = temporaryFolder()
  const script = join(folder.path, 'settler.mjs')
  writeFileSync(
    script,
    `import { execSync } from 'node:child_process'
     import { takeSettlerRole } from '${settling}'
     if (takeSettlerRole()) execSync('sleep 300')`,
  )
  const settler = fork(script, {
    detached: true,
    env: { ...process.env, SURTIDOR_SETTLER: '1000' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { pid = 0 } = settler
  context.after(() => signalTo(-pid, 'SIGKILL'))
  const family = await eventually(() => (familyOf(pid).length > 1 ? familyOf(pid) : undefined))

  settler.disconnect()

  assert.equal(await eventually(() => settler.signalCode), 'SIGKILL')
  await eventually(() => !family.some(isAlive))
})

test('a process that settles and comes to its end is not kept by its limit', async (context) => {
  using folder = temporaryFolder()
  const script = join(folder.path, 'settler.mjs')
  writeFileSync(script, `import { takeSettlerRole } from '${settling}'; process.exitCode = takeSettlerRole() ? 0 : 1`)
  const settler = fork(script, { env: { ...process.env, SURTIDOR_SETTLER: '300000' } })
  context.after(() => settler.kill('SIGKILL'))

  await eventually(() => settler.exitCode !== null)

  assert.equal(settler.exitCode, 0)
})

test('a process that cannot be started settles nothing, and is waited for no longer', async () => {
  const node = process.execPath
  process.execPath = '/nowhere/node'
  const settled = settleElsewhere(task, { script: 'nothing', words: [] })
  process.execPath = node

  await settled
})

const moments = {
  'before it listens': `process.send('begins')
     await once(process, 'disconnect')
     const settled = settleForParent({}, {})`,
  'while it listens': `const settled = settleForParent({}, {})
     process.send('listens')`,
}

for (const [moment, lines] of Object.entries(moments))
  test(`a process that was told nothing ends when its parent is gone ${moment}`, async (context) => {
    using folder = temporaryFolder()
    const script = join(folder.path, 'settler.mjs')
    writeFileSync(
      script,
      `import { once } from 'node:events'
       import { settleForParent } from '${settling}'
       const database = setInterval(() => undefined, 1000)
       ${lines}
       await settled
       clearInterval(database)`,
    )
    const settler = fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    context.after(() => settler.kill('SIGKILL'))
    await once(settler, 'message')

    settler.disconnect()

    await eventually(() => settler.exitCode !== null || settler.signalCode !== null)
    assert.deepEqual([settler.exitCode, settler.signalCode], [0, null])
  })
