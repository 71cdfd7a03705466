import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidPayloadError } from '../../src/errors.ts'
import { nextInChain, type Predecessor } from '../../src/laravel/chain.ts'
import { Encrypter } from '../../src/laravel/encrypter.ts'
import { laravelFormats } from '../../src/laravel/formats.ts'
import { secondsFromNow, unixSecondsOf } from '../../src/laravel/php/moment.ts'
import { unserialize } from '../../src/laravel/php/unserialize.ts'
import type { PhpObject } from '../../src/laravel/php/value.ts'

const now = Math.floor(Date.now() / 1000)
const settings = {
  format: laravelFormats[11],
  encrypter: new Encrypter(['k'.repeat(32)]),
  headOf: () => undefined,
}

for (const [title, delay, seconds] of [
  ['seconds', 'i:600;', 600],
  ['nothing', 'N;', 0],
  ['a date with the name of a zone', date(now + 600, 'America/Bogota', -5 * 3600), 600],
  ['a date with an offset', date(now + 600, '-05:00', -5 * 3600), 600],
  ['a date that is over', date(now - 600, '+00:00', 0), 0],
  ['an interval', interval({ d: 1, h: 2, i: 3, s: 4 }), 93_784],
  ['an interval back', interval({ d: 1, invert: 1 }), 0],
] as const) {
  test(`the next job of a chain is due after its delay: ${title}`, () => {
    const next = nextInChain(after(`O:4:"Step":1:{s:5:"delay";${delay}}`), settings)

    assert.ok(next)
    const due = 'inSeconds' in next.due ? next.due.inSeconds : Math.max(0, next.due.atUnixSeconds - now)
    assert.ok(Math.abs(due - seconds) <= 2, `${due}`)
  })
}

test('a date is the moment by the clock that decides what is due, not so many seconds by ours', () => {
  const moment = date(now + 600, '-05:00', -5 * 3600)

  assert.deepEqual(nextInChain(after(`O:4:"Step":1:{s:5:"delay";${moment}}`), settings)?.due, {
    atUnixSeconds: now + 600,
  })
})

test('months of an interval are those of the calendar', () => {
  const march = Date.UTC(2026, 2, 1)

  assert.equal(secondsFromNow(objectOf(interval({ m: 1 })), march), 31 * 86_400)
})

test('a wall clock near the change to summer time is its own moment', () => {
  const zone = 's:8:"timezone";s:13:"Europe/Berlin";'
  const berlin = objectOf(`O:8:"DateTime":2:{s:4:"date";s:26:"2026-03-29 03:30:00.000000";${zone}}`)

  assert.equal(unixSecondsOf(berlin), Date.UTC(2026, 2, 29, 1, 30) / 1000)
})

for (const [title, command, reason] of [
  ['a delay that is no time', 'O:4:"Step":1:{s:5:"delay";s:4:"soon";}', /a delay that is no time/],
  ['references', 'O:4:"Step":2:{s:1:"a";a:0:{}s:1:"b";R:2;}', /references/],
  ['no object', 'i:1;', /no object/],
] as const) {
  test(`a chain whose next job has ${title} is refused`, () => {
    assert.throws(
      () => nextInChain(after(command), settings),
      (error: unknown) => error instanceof InvalidPayloadError && reason.test(error.message),
    )
  })
}

test('a step with bytes that are no text is refused in the clear, and carried on where it is encrypted', () => {
  const bytes = Buffer.from('O:4:"Step":1:{s:4:"name";s:4:"caf\xe9";}', 'latin1')

  assert.throws(() => nextInChain(after(bytes), settings), /bytes that are no text/)
  const { command } = after(bytes)
  const next = nextInChain({ command: { ...command, isEncrypted: true }, extras: undefined }, settings)
  assert.match(JSON.parse(next?.payload ?? '{}').data.command, /^[A-Za-z0-9+/=]+$/)
})

test('what others added to a payload goes on to the next one, and a deadline is that of the step', () => {
  const { command } = after('O:4:"Step":1:{s:10:"retryUntil";i:1900000000;}')

  const next = nextInChain({ command, extras: { tenant_id: 't1', tags: ['a'] } }, settings)

  const { tenant_id, tags, retryUntil } = JSON.parse(next?.payload ?? '{}')
  assert.deepEqual([tenant_id, tags, retryUntil], ['t1', ['a'], 1_900_000_000])
})

function after(next: string | Uint8Array): Predecessor {
  const command = {
    className: 'First',
    data: {},
    chain: { jobs: [next], queue: null, connection: null, catchCallbacks: null },
    batchId: null,
    isEncrypted: false,
  }
  return { command, extras: undefined }
}

function objectOf(text: string): PhpObject {
  const value = unserialize(text)
  assert.ok(typeof value === 'object' && value !== null && 'php' in value && value.php === 'object')
  return value
}

function date(unixSeconds: number, zone: string, offsetSeconds: number): string {
  const wall = new Date((unixSeconds + offsetSeconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  const zoneText = `s:8:"timezone";s:${zone.length}:"${zone}";`
  return `O:13:"Carbon\\Carbon":2:{s:4:"date";s:26:"${wall}.000000";${zoneText}}`
}

function interval(parts: Readonly<Record<string, number>>): string {
  const all = { y: 0, m: 0, d: 0, h: 0, i: 0, s: 0, invert: 0, ...parts }
  const properties = Object.entries(all).map(([name, value]) => `s:${name.length}:"${name}";i:${value};`)
  return `O:12:"DateInterval":${properties.length}:{${properties.join('')}}`
}
