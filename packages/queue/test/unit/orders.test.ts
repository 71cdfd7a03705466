import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../src/index.ts'
import { cacheKeys } from '../../src/laravel/cache-keys.ts'
import { Orders } from '../../src/worker/orders.ts'
import { eventually } from '../support/eventually.ts'

test('that nobody can be asked for orders is told once until somebody can, and what was paused stays so', async () => {
  const keys = cacheKeys('', { uniqueSeparator: ':' })
  const { shared } = sync()
  await shared.put(keys.paused('database', 'slow'), 'b:1;')
  const errors: unknown[] = []
  let looks = 0
  let isAway = false
  using orders = new Orders({
    keys,
    shared: {
      ...shared,
      get: (asked) => {
        looks += 1
        return isAway ? Promise.reject(new Error('away')) : shared.get(asked)
      },
    },
    connectionName: 'database',
    queues: ['slow', 'default'],
    isBusy: () => true,
    onRestart: () => undefined,
    onChange: () => undefined,
    onError: (error) => errors.push(error),
  })
  await orders.start()
  const lookTwice = async (away: boolean) => {
    isAway = away
    const before = looks
    await eventually(() => looks === before + 2)
  }

  await lookTwice(true)
  assert.deepEqual([errors.length, orders.queues], [1, ['default']])
  await lookTwice(false)
  await lookTwice(true)

  assert.equal(errors.length, 2)
})
