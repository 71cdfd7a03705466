import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WorkerSlots } from '../../src/worker-slots.ts'
import { connectionKinds, type OpenedConnection } from '../support/connections.ts'

const name = 'default'
const leaseSeconds = 60

/** What the slots are like before many come for them. */
const beginnings: Record<string, (opened: OpenedConnection, limit: number) => Promise<void>> = {
  'that nobody ever held': async () => undefined,
  'whose leases are over': async ({ connection: { slots }, passTime }, limit) => {
    for (let slot = 0; slot < limit; slot += 1) await take(slots, `gone ${slot}`, { limit })
    await passTime(leaseSeconds + 1)
  },
  'whose owners are dead': async ({ connection: { slots } }, limit) => {
    for (let slot = 0; slot < limit; slot += 1) await take(slots, `dead ${slot}`, { limit })
  },
}

for (const kind of connectionKinds) {
  describe(`the slots of workers on ${kind.name}`, () => {
    const each = (title: string, body: (opened: OpenedConnection) => Promise<void>) =>
      test(title, async () => {
        await using opened = await kind.open()
        await body(opened)
      })

    each('are taken from the lowest to the last, each once', async ({ connection: { slots } }) => {
      assert.deepEqual(
        [
          await take(slots, 'a', { limit: 3 }),
          await take(slots, 'b', { limit: 3 }),
          await take(slots, 'c', { limit: 3 }),
          await take(slots, 'd', { limit: 3 }),
        ],
        [0, 1, 2, undefined],
      )
      assert.equal(await take(slots, 'd', { limit: 4 }), 3)
    })

    each('of another name are others, also when it differs in an accent or a capital', async (opened) => {
      const { slots } = opened.connection
      const names = ['default', 'Default', 'défault', 'x'.repeat(191)]

      for (const each of names) assert.equal(await take(slots, 'a', { limit: 1, name: each }), 0)
      for (const each of names) assert.equal(await take(slots, 'b', { limit: 1, name: each }), undefined)
    })

    each('have names and owners that are not cut off', async ({ connection: { slots } }) => {
      await assert.rejects(take(slots, 'a', { limit: 1, name: 'x'.repeat(192) }), { code: 'INVALID_OPTION' })
      await assert.rejects(take(slots, 'x'.repeat(256), { limit: 1 }), { code: 'INVALID_OPTION' })
      await assert.rejects(take(slots, '', { limit: 1 }), { code: 'INVALID_OPTION' })
      assert.equal(await take(slots, 'x'.repeat(255), { limit: 1 }), 0)
    })

    each('are free again when their owner frees them, and the lowest is taken first', async (opened) => {
      const { slots } = opened.connection
      for (const owner of ['a', 'b', 'c']) await take(slots, owner, { limit: 3 })

      await slots.free({ name, slot: 0, owner: 'a' })
      await slots.free({ name, slot: 2, owner: 'c' })

      assert.deepEqual(
        [
          await take(slots, 'd', { limit: 3 }),
          await take(slots, 'e', { limit: 3 }),
          await take(slots, 'f', { limit: 3 }),
        ],
        [0, 2, undefined],
      )
    })

    each('are freed and renewed by nobody but their owner', async ({ connection: { slots }, passTime }) => {
      await take(slots, 'a', { limit: 1 })

      await slots.free({ name, slot: 0, owner: 'b' })
      await slots.free({ name: 'other', slot: 0, owner: 'a' })
      assert.equal(await slots.renew({ name, slot: 0, owner: 'b' }, leaseSeconds), false)
      assert.equal(await slots.renew({ name, slot: 1, owner: 'a' }, leaseSeconds), false)
      assert.equal(await take(slots, 'b', { limit: 1 }), undefined)
      await passTime(leaseSeconds + 1)

      assert.equal(await take(slots, 'b', { limit: 1 }), 0)
      assert.equal(await slots.renew({ name, slot: 0, owner: 'a' }, leaseSeconds), false)
      await slots.free({ name, slot: 0, owner: 'a' })
      assert.equal(await take(slots, 'c', { limit: 1 }), undefined)
    })

    each('are held while they are renewed, twice in one second too', async ({ connection: { slots }, passTime }) => {
      await take(slots, 'a', { limit: 1 })

      for (let times = 0; times < 3; times += 1) {
        await passTime(leaseSeconds - 2)
        for (const _ of [1, 2]) assert.equal(await slots.renew({ name, slot: 0, owner: 'a' }, leaseSeconds), true)
        assert.equal(await take(slots, 'b', { limit: 1 }), undefined)
      }
    })

    each('pass to the next owner that their owner names', async ({ connection: { slots } }) => {
      await take(slots, 'a', { limit: 1 })

      assert.equal(await slots.renew({ name, slot: 0, owner: 'b' }, leaseSeconds, 'c'), false)
      assert.equal(await slots.renew({ name, slot: 0, owner: 'a' }, leaseSeconds, 'b'), true)

      assert.equal(await slots.renew({ name, slot: 0, owner: 'a' }, leaseSeconds), false)
      assert.equal(await slots.renew({ name, slot: 0, owner: 'b' }, leaseSeconds), true)
    })

    each('pass on when their lease is over, and not before', async ({ connection: { slots }, passTime }) => {
      await take(slots, 'a', { limit: 1 })

      await passTime(leaseSeconds - 2)
      assert.equal(await take(slots, 'b', { limit: 1 }), undefined)
      await passTime(3)

      assert.equal(await take(slots, 'b', { limit: 1 }), 0)
    })

    each('do not pass on while their owner is known to work on', async ({ connection: { slots }, passTime }) => {
      for (const owner of ['at work', 'idle']) await take(slots, owner, { limit: 2 })
      const isAtWork = (owner: string) => owner === 'at work'

      await passTime(leaseSeconds + 1)

      assert.equal(await take(slots, 'a', { limit: 2, isAtWork }), 1)
      assert.equal(await take(slots, 'b', { limit: 2, isAtWork }), undefined)
    })

    each('pass on at once when their owner is known to be dead', async ({ connection: { slots } }) => {
      for (const owner of ['alive', 'dead', 'alive too']) await take(slots, owner, { limit: 3 })
      const asked: string[] = []
      const isDead = (owner: string) => asked.push(owner) > 0 && owner === 'dead'

      assert.equal(await take(slots, 'a', { limit: 3, isDead }), 1)
      assert.deepEqual(asked, ['alive', 'dead'])
      assert.equal(await take(slots, 'b', { limit: 3, isDead }), undefined)
    })

    each(
      'that were taken without an answer can be taken again by the same owner',
      async ({ connection: { slots } }) => {
        await take(slots, 'a', { limit: 1 })

        assert.equal(await take(slots, 'a', { limit: 1, isDead: (owner) => owner === 'a' }), 0)
        assert.equal(await take(slots, 'a', { limit: 1 }), undefined)
      },
    )

    for (const [title, prepare] of Object.entries(beginnings)) {
      each(`go to as many of twenty who come at once as there are ${title}`, async (opened) => {
        const limit = 7
        await prepare(opened, limit)
        const connections = Array.from({ length: 20 }, () => opened.connectAgain())
        // Each has a session by then.
        await Promise.all(connections.map((connection) => connection.size('default')))
        const isDead = (owner: string) => owner.startsWith('dead')

        const taken = await Promise.all(
          connections.map(({ slots }, index) => take(slots, `owner ${index}`, { limit, isDead })),
        )

        for (const connection of connections) await connection[Symbol.asyncDispose]()
        const numbers = taken.filter((slot) => slot !== undefined)
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          Array.from({ length: limit }, (_, slot) => slot),
        )
        assert.equal(await take(opened.connection.slots, 'late', { limit }), undefined)
      })
    }
  })
}

interface TakeOptions {
  readonly limit: number
  readonly name?: string
  readonly isDead?: (owner: string) => boolean
  readonly isAtWork?: (owner: string) => boolean
}

function take(slots: WorkerSlots, owner: string, options: TakeOptions) {
  return slots.take({ name, owner, leaseSeconds, isDead: () => false, isAtWork: () => false, ...options })
}
