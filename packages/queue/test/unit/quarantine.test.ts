import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Quarantine } from '../../src/worker/quarantine.ts'

/** Asks for admission, and tells what runs by then. */
class Jobs {
  readonly quarantine = new Quarantine()
  readonly running = new Set<string>()
  /** Of each that was admitted: what ran with it from the first moment on. */
  readonly company = new Map<string, readonly string[]>()

  async start(name: string, isSuspect = false): Promise<void> {
    await this.quarantine.admit(isSuspect)
    this.running.add(name)
    await nextTurn()
    this.company.set(
      name,
      [...this.running].filter((other) => other !== name),
    )
  }

  end(name: string, wasSuspect = false): void {
    this.running.delete(name)
    this.quarantine.hasEnded(wasSuspect)
  }
}

test('jobs under no suspicion run side by side', async () => {
  const jobs = new Jobs()

  await Promise.all([jobs.start('a'), jobs.start('b')])

  assert.deepEqual([...jobs.running], ['a', 'b'])
})

test('a suspect waits for those that run, and those that come later wait for it', async () => {
  const jobs = new Jobs()
  await jobs.start('a')

  const starting = [jobs.start('suspect', true), jobs.start('b')]
  await nextTurn()
  assert.deepEqual([...jobs.running], ['a'])

  jobs.end('a')
  await starting[0]
  assert.deepEqual([...jobs.running], ['suspect'])

  jobs.end('suspect', true)
  await starting[1]
  assert.deepEqual([...jobs.running], ['b'])
})

test('another one that waited as well is never let in together with a suspect', async () => {
  const jobs = new Jobs()
  await jobs.start('first', true)
  const starting = [jobs.start('b'), jobs.start('second', true), jobs.start('c'), jobs.start('third', true)]

  jobs.end('first', true)
  await starting[0]
  jobs.end('b')
  await starting[1]
  jobs.end('second', true)
  await starting[2]
  jobs.end('c')
  await starting[3]

  assert.deepEqual(jobs.company.get('second'), [])
  assert.deepEqual(jobs.company.get('third'), [])
})
