import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connectionKinds, type OpenedConnection } from '../support/connections.ts'

for (const kind of connectionKinds) {
  describe(`what processes share on ${kind.name}`, () => {
    function each(title: string, check: (opened: OpenedConnection) => Promise<void>) {
      test(title, async () => {
        await using opened = await kind.open()
        await check(opened)
      })
    }

    each('texts are kept under their keys, and the last one counts', async ({ connection: { shared } }) => {
      await shared.put('laravel_cache_a', 'i:1;')
      await shared.put('laravel_cache_b', 's:4:"ñ🛒";', 60)
      await shared.put('laravel_cache_a', 'i:2;')

      assert.deepEqual(
        await shared.get(['laravel_cache_a', 'laravel_cache_b', 'nothing']),
        new Map([
          ['laravel_cache_a', 'i:2;'],
          ['laravel_cache_b', 's:4:"ñ🛒";'],
        ]),
      )
      assert.deepEqual(await shared.get([]), new Map())
    })

    each('a text that expired or was forgotten is not there', async ({ connection: { shared }, passTime }) => {
      await shared.put('short', 'b:1;', 60)
      await shared.put('long', 'b:1;')
      await shared.put('forgotten', 'b:1;')

      assert.deepEqual([await shared.forget('forgotten'), await shared.forget('forgotten')], [true, false])
      await passTime(61)

      assert.deepEqual([...(await shared.get(['short', 'long', 'forgotten'])).keys()], ['long'])
    })

    each('a count begins at one, and again when it expired', async ({ connection: { shared }, passTime }) => {
      assert.deepEqual([await shared.increment('n', 60), await shared.increment('n', 60)], [1, 2])
      await passTime(61)

      assert.equal(await shared.increment('n', 60), 1)
      assert.equal((await shared.get(['n'])).get('n'), 'i:1;')
    })

    each('twenty who count at once count to twenty', async ({ connection: { shared } }) => {
      const counts = await Promise.all(Array.from({ length: 20 }, () => shared.increment('n', 60)))

      assert.deepEqual(
        counts.sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, index) => index + 1),
      )
    })

    each('a lock has one owner, who may take it again', async ({ connection: { shared } }) => {
      assert.equal(await shared.acquireLock({ key: 'unique', owner: 'a', seconds: 60 }), true)

      assert.equal(await shared.acquireLock({ key: 'unique', owner: 'b', seconds: 60 }), false)
      assert.equal(await shared.acquireLock({ key: 'unique', owner: 'a', seconds: 60 }), true)
      assert.equal(await shared.acquireLock({ key: 'other', owner: 'b', seconds: 60 }), true)
    })

    each('of twenty who want a lock at once one gets it', async ({ connection: { shared } }) => {
      const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`)

      const got = await Promise.all(
        owners.map((owner) => shared.acquireLock({ key: 'unique', owner: owner, seconds: 60 })),
      )

      assert.equal(got.filter(Boolean).length, 1)
    })

    each('an expired lock passes to who wants it', async ({ connection: { shared }, passTime }) => {
      await shared.acquireLock({ key: 'unique', owner: 'a', seconds: 60 })
      await passTime(61)

      assert.equal(await shared.acquireLock({ key: 'unique', owner: 'b', seconds: 60 }), true)
      assert.equal(await shared.releaseLock('unique', 'a'), false)
      assert.equal(await shared.acquireLock({ key: 'unique', owner: 'c', seconds: 60 }), false)
    })

    each('a lock is released by its owner, or by force', async ({ connection: { shared } }) => {
      await shared.acquireLock({ key: 'unique', owner: 'a', seconds: 60 })
      assert.deepEqual(
        [await shared.releaseLock('unique', 'b'), await shared.releaseLock('unique', 'a')],
        [false, true],
      )

      await shared.acquireLock({ key: 'unique', owner: 'b', seconds: 60 })
      assert.deepEqual([await shared.releaseLock('unique'), await shared.releaseLock('unique')], [true, false])
    })
  })
}
