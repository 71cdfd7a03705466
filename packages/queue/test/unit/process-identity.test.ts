import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { identityOf, isAlive, isDead } from '../../src/supervisor/process-identity.ts'

const source = join(import.meta.dirname, '../../src/supervisor/process-identity.ts')

test('a process that lives is alive, and one that has ended is dead', async () => {
  const child = spawn('sleep', ['300'])
  const identity = identityOf(child.pid ?? 0)
  assert.deepEqual([isAlive(identity), isDead(identity)], [true, false])

  child.kill('SIGKILL')
  await once(child, 'exit')

  assert.deepEqual([isAlive(identity), isDead(identity)], [false, true])
})

test('a process of another boot, of another container or of a system without /proc is neither', () => {
  const [boot, container, ...own] = identityOf(process.pid).split('/')

  for (const identity of [`another/${container}/${own.join('/')}`, `${boot}/another/${own.join('/')}`, 'unknown'])
    assert.deepEqual([isAlive(identity), isDead(identity)], [false, false], identity)
})

test('a living process that cannot be seen is not taken for dead', async () => {
  const lines = `
    import { openSync } from 'node:fs'
    import { identityOf, isDead } from '${source}'
    const parent = identityOf(process.ppid)
    // As with a /proc that hides the processes of others: no file can be read any more.
    try { for (;;) openSync('/dev/null') } catch {}
    console.log(isDead(parent))`
  const command = `ulimit -n 64; exec "$0" --input-type=module --eval "$1"`

  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command, process.execPath, lines])

  assert.equal(stdout, 'false\n')
})
