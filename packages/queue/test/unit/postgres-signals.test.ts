import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SqlValue } from '../../src/connection.ts'
import { PostgresSignals } from '../../src/drivers/postgres-signals.ts'

test('signals go out ten milliseconds apart, and those of the same queue meanwhile are one', async () => {
  const sent: { readonly payload: string; readonly at: number }[] = []
  const executor = {
    query: async (_sql: string, [, payload]: readonly SqlValue[] = []) => {
      sent.push({ payload: String(payload), at: performance.now() })
      return { rows: [], changes: 0 }
    },
  }
  const listens = () => assert.fail('Nobody listens.')
  const signals = new PostgresSignals(listens, executor)

  signals.send('first')
  for (let times = 0; times < 5; times += 1) signals.send('second')
  await untilSent(sent, 2)
  await signals[Symbol.asyncDispose]()

  const [first, second, ...others] = sent
  assert.ok(first && second)
  assert.deepEqual(
    [first, second].map(({ payload }) => payload.split(':')[1]),
    ['first', 'second'],
  )
  assert.ok(second.at - first.at > 8, `${second.at - first.at} ms lay between them`)
  assert.deepEqual(others, [])
})

async function untilSent(sent: readonly unknown[], count: number): Promise<void> {
  while (sent.length < count) {
    await new Promise((resolve) => {
      setTimeout(resolve, 1)
    })
  }
}
