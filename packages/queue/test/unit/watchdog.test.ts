import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { isStopped } from '../../src/supervisor/process-identity.ts'
import type { LiveRecord } from '../../src/supervisor/record-reader.ts'
import { Watchdog } from '../../src/supervisor/watchdog.ts'
import { eventually } from '../support/eventually.ts'

const retryAfterSeconds = 30
const reservation = { id: '1', attempts: 1 }
const timeoutSeconds = 10
/** A job that goes on after its timeout has 3.5 seconds of grace. */
const latestSeconds = timeoutSeconds + 3.5

/** A process that is watched, and a clock that stands still until the test moves it. */
function watched(context: TestContext) {
  const { pid = 0 } = spawn('sleep', ['300'], { stdio: 'ignore' })
  context.after(() => process.kill(pid, 'SIGKILL'))
  let seconds = 1_000
  context.mock.method(process.hrtime, 'bigint', () => BigInt(Math.round(seconds * 1e9)))
  const watchdog = new Watchdog(pid, 0)
  const signal = async (name: 'SIGSTOP' | 'SIGCONT') => {
    process.kill(pid, name)
    await eventually(() => isStopped(pid) === (name === 'SIGSTOP'))
  }
  /** The reason to kill it after so many seconds, with looks four times a second until then. */
  const after = (passed: number) => {
    for (const end = seconds + passed; seconds < end; ) {
      seconds = Math.min(end, seconds + 0.25)
      const reason = watchdog.lookAtJobs(record)
      if (reason) return reason.kind
    }
    return undefined
  }
  /** Who watches stood still himself meanwhile. */
  const standStill = (passed: number) => {
    seconds += passed
    return watchdog.lookAtJobs(record)?.kind
  }
  const record: LiveRecord = {
    header: { version: 1, runner: '', parent: '', database: '', retryAfterSeconds, slots: 1 },
    runs: [{ reservation, startedAt: seconds * 1000, timeoutSeconds }],
    begun: 1,
    beatAt: 0,
    exitedBy: undefined,
    tendedAt: 0,
  }
  return { signal, after, standStill }
}

test('a job that goes on after its timeout is one to kill for it', (context) => {
  const { after } = watched(context)

  assert.equal(after(latestSeconds), undefined)
  assert.equal(after(0.25), 'timeout')
})

test('a process that is stopped is not killed for the timeout of its job, but for standing still', async (context) => {
  const { signal, after } = watched(context)
  after(1)

  await signal('SIGSTOP')

  assert.equal(after(retryAfterSeconds - 1), undefined)
  assert.equal(after(2), 'standstill')
})

test('a process that was stopped and goes on has for its job the time that it missed', async (context) => {
  const { signal, after } = watched(context)
  const stops = 3
  const stoppedSeconds = 8

  for (let stop = 1; stop <= stops; stop += 1) {
    assert.equal(after(1), undefined)
    await signal('SIGSTOP')
    assert.equal(after(stoppedSeconds), undefined)
    await signal('SIGCONT')
  }

  assert.equal(after(latestSeconds - stops - 1), undefined)
  assert.equal(after(2), 'timeout')
})

test('a process that was stopped together with who watches it has its time from the moment that both go on', async (context) => {
  const { signal, after, standStill } = watched(context)
  after(1)
  await signal('SIGSTOP')
  after(1)

  assert.equal(standStill(2 * retryAfterSeconds), undefined)
  await signal('SIGCONT')

  assert.equal(after(latestSeconds - 2), undefined)
  assert.equal(after(2), 'timeout')
})

test('a process that went on before who watches it is not blamed for the time that both were stopped', (context) => {
  const { after, standStill } = watched(context)
  after(1)

  assert.equal(standStill(2 * retryAfterSeconds), undefined)
  assert.equal(after(latestSeconds - 2), undefined)
  assert.equal(after(2), 'timeout')
})
