import assert from 'node:assert/strict'
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ClaimedJob, Reservation } from '../../src/connection.ts'
import { RecordFolder } from '../../src/supervisor/record-folder.ts'
import { type RecordHeader, sharedNow } from '../../src/supervisor/record-format.ts'
import { readLive, readWhole } from '../../src/supervisor/record-reader.ts'
import { RecordWriter, recordRenewal } from '../../src/supervisor/record-writer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const header: RecordHeader = {
  version: 1,
  runner: 'the runner',
  parent: 'the parent',
  database: 'a'.repeat(64),
  retryAfterSeconds: 30,
  slots: 2,
}

function job(id: string, attempts = 1): ClaimedJob {
  return { id, attempts, queue: 'default', payload: '{}', forgiven: 0, crashes: 0 }
}

function opened() {
  const folder = temporaryFolder()
  const path = new RecordFolder(join(folder.path, 'records')).create()
  const writer = new RecordWriter(path, header)
  return {
    path,
    writer,
    [Symbol.dispose]: () => {
      writer[Symbol.dispose]()
      folder[Symbol.dispose]()
    },
  }
}

const keys = (reservations: readonly Reservation[] = []) => reservations.map(({ id, attempts }) => `${id}/${attempts}`)

test('a record says what is held, without what was let go', () => {
  using record = opened()
  const held = [job('1'), job('2', 3), job('18446744073709551615')]
  record.writer.hold(held, () => held)
  record.writer.letGo([job('2', 3)])

  assert.deepEqual(keys(readWhole(record.path)?.held), ['1/1', '18446744073709551615/1'])
})

test('a record says which jobs run, since when, and for how long they may', async () => {
  using record = opened()
  const before = sharedNow()
  record.writer.run(job('1'), 60, () => undefined)
  record.writer.run(job('2', 7), 0, () => undefined)
  record.writer.end(job('1'))
  await nextTurn()

  const [run, ...others] = readLive(record.path)?.runs ?? []

  assert.deepEqual([run?.reservation, run?.timeoutSeconds, others], [{ id: '2', attempts: 7 }, 0, []])
  assert.ok(run && run.startedAt >= before && run.startedAt <= sharedNow())
})

test('a hook beside a handler that goes on has its own time, and the handler is seen again afterwards', async () => {
  using record = opened()
  record.writer.run(job('1'), 60, () => undefined)
  record.writer.run(job('1'), 10, () => undefined)
  const during = readLive(record.path)?.runs.map(({ timeoutSeconds }) => timeoutSeconds)
  record.writer.end(job('1'))
  await nextTurn()
  const afterwards = readLive(record.path)?.runs.map(({ timeoutSeconds }) => timeoutSeconds)
  record.writer.end(job('1'))
  await nextTurn()

  assert.deepEqual([during, afterwards, readLive(record.path)?.runs], [[10], [60], []])
})

test('a record says at every moment how many jobs were begun', async () => {
  using record = opened()
  const begun = () => readLive(record.path)?.begun
  assert.equal(begun(), 0)

  for (let number = 1; number <= 5; number += 1) {
    record.writer.run(job(String(number)), 60, () => undefined)
    assert.equal(begun(), number)
    record.writer.end(job(String(number)))
  }
  await nextTurn()

  assert.equal(begun(), 5)
})

test('one job that is claimed twice in a process takes two places, and gives back both', async () => {
  using record = opened()
  record.writer.run(job('1', 1), 60, () => undefined)
  record.writer.run(job('1', 2), 60, () => undefined)
  record.writer.end(job('1', 1))
  record.writer.end(job('1', 2))
  await nextTurn()

  assert.deepEqual(readLive(record.path)?.runs, [])
})

test('a renewal by the parent counts as one, and leaves the rest as it was', () => {
  using record = opened()
  record.writer.run(job('1'), 60, () => undefined)
  const before = readLive(record.path)
  recordRenewal(record.path)
  const after = readLive(record.path)

  assert.ok(before && after && after.tendedAt > before.tendedAt)
  assert.deepEqual({ ...after, tendedAt: 0 }, { ...before, tendedAt: 0 })
})

test('a long log is written anew with what is still held', () => {
  using record = opened()
  const held = Array.from({ length: 60_000 }, (_, number) => job(String(1_000_000 + number)))
  record.writer.hold(held.slice(0, 40_000), () => held.slice(0, 40_000))
  record.writer.hold(held.slice(40_000), () => held.slice(59_990))

  assert.deepEqual(keys(readWhole(record.path)?.held), keys(held.slice(59_990)))
})

test('what is no record, or only a part of one, says nothing', () => {
  using record = opened()
  record.writer.run(job('1'), 60, () => undefined)
  for (const length of [0, 1, 2_047, 2_048, 2_100, 2_200]) {
    const path = `${record.path}-${length}`
    writeFileSync(path, '')
    appendFileSync(path, JSON.stringify({ ...header, slots: 1000 }).padEnd(2_048, ' '))
    truncateSync(path, length)

    assert.deepEqual([readLive(path), readWhole(path)], [undefined, undefined], `${length} bytes`)
  }
  assert.equal(readLive(`${record.path}-nowhere`), undefined)
})
