import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createQueue, defineJob, describePayload, type Queue, sync } from '../../src/index.ts'
import type { ShopKind } from './shop.ts'
import { shopKinds as kinds } from './shop-kinds.ts'

const ship = defineJob<string>('Ship', {}, () => undefined)
const shipOnce = defineJob<string>('ShipOnce', { unique: {} }, () => undefined)
const awkward = `?, ??, $1, \\?, :id, 'single', "double", \\, %, 🚚, línea\n`

for (const kind of kinds) describe(kind.name, () => testsOf(kind))
for (const kind of kinds.filter(({ traits }) => traits.includes('single')))
  describe(kind.name, () => testsOfSingle(kind))
for (const kind of kinds.filter(({ traits, database }) => traits.includes('single') && database === 'sqlite')) {
  describe(kind.name, () => testsOfLocks(kind))
}
for (const kind of kinds.filter(({ traits }) => traits.includes('nests')))
  describe(kind.name, () => testsOfNesting(kind))
for (const kind of kinds.filter(({ database }) => database === 'postgres'))
  describe(kind.name, () => testsOfPostgres(kind))
for (const kind of kinds.filter(({ traits }) => traits.includes('pool'))) describe(kind.name, () => testsOfPool(kind))

function testsOf(kind: ShopKind): void {
  test('rows and job appear together at the commit, and are heard of after it', async () => {
    await using shop = await kind.open()
    await using queue = createQueue({ connection: shop.connect(), jobs: [ship] })
    const heard = listen(queue)

    const result = await shop.client.transact(async ({ addOrder, tx }) => {
      await addOrder(1)
      await queue.dispatch(ship, awkward, { tx })
      assert.deepEqual([await shop.orders(), await shop.jobs(), await queue.jobs(), heard], [[], 0, [], []])
      return 'result'
    })

    assert.deepEqual([result, await shop.orders(), await shop.jobs(), heard], ['result', [1], 1, [awkward]])
    assert.deepEqual(await dataOf(queue), [awkward])
  })

  test('after a rollback nothing remains, nobody hears of it, and the error is the one that was thrown', async () => {
    await using shop = await kind.open()
    await using queue = createQueue({ connection: shop.connect(), jobs: [ship] })
    const heard = listen(queue)
    const thrown = new Error('no')

    const work = shop.client.transact(async ({ addOrder, tx }) => {
      await addOrder(1)
      await queue.dispatch(ship, 'a', { tx })
      throw thrown
    })

    await assert.rejects(work, (error) => error === thrown)
    assert.deepEqual([await shop.orders(), await shop.jobs(), heard], [[], 0, []])
  })

  test('an idle worker of this process starts the job after the commit', async () => {
    await using shop = await kind.open()
    const started = Promise.withResolvers<readonly number[]>()
    const look = defineJob<string>('Look', {}, async () => started.resolve(await shop.orders()))
    await using queue = createQueue({ connection: shop.connect(), jobs: [look] })
    const worker = queue.worker({ memory: 0, sleep: 3_600 })
    const running = worker.run()

    await shop.client.transact(async ({ addOrder, tx }) => {
      await queue.dispatch(look, 'a', { tx })
      await addOrder(1)
    })

    assert.deepEqual(await started.promise, [1])
    worker.stop()
    await running
  })

  test('transactions at the same time do not mix', async () => {
    await using shop = await kind.open()
    await using queue = createQueue({ connection: shop.connect(), jobs: [ship] })

    const outcomes = await Promise.allSettled(
      [10, 20, 30, 40, 50, 60].map((id) =>
        shop.client.transact(async ({ addOrder, tx }) => {
          await addOrder(id)
          await queue.dispatch(ship, String(id), { tx })
          await addOrder(id + 1)
          if (id % 20 === 0) throw new Error(`no ${id}`)
        }),
      ),
    )

    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.message : 'committed'))
    assert.deepEqual(reasons, ['committed', 'no 20', 'committed', 'no 40', 'committed', 'no 60'])
    assert.deepEqual(await shop.orders(), [10, 11, 30, 31, 50, 51])
    assert.deepEqual((await dataOf(queue)).toSorted(), ['10', '30', '50'])
  })

  test('on the sync connection the job runs after the commit', async () => {
    await using shop = await kind.open()
    const seen: (readonly number[])[] = []
    const look = defineJob<string>('Look', {}, async () => void seen.push(await shop.orders()))
    await using queue = createQueue({ connection: sync(), jobs: [look] })

    await shop.client.transact(async ({ addOrder, tx }) => {
      await queue.dispatch(look, 'a', { tx })
      await addOrder(1)
    })

    assert.deepEqual(seen, [[1]])
  })

  test('what is to happen after the commit happens, whoever fails, and the first error is told', async () => {
    await using shop = await kind.open()
    const happened: string[] = []

    const work = shop.client.transact(async ({ addOrder, tx }) => {
      await addOrder(1)
      for (const name of ['a', 'b', 'c']) {
        tx.afterCommit(async () => {
          happened.push(`${name} ${await shop.orders()}`)
          if (name !== 'c') throw new Error(name)
        })
      }
    })

    await assert.rejects(work, /^Error: a$/)
    assert.deepEqual(happened, ['a 1', 'b 1', 'c 1'])
  })

  test('a unique job is dispatched once, and its lock is taken back with it', async () => {
    await using shop = await kind.open()
    await using queue = createQueue({ connection: shop.connect(), jobs: [shipOnce] })
    const dispatch = (more?: () => never) =>
      shop.client.transact(async ({ tx }) => {
        const { isSkipped = false } = await queue.dispatch(shipOnce, 'a', { tx })
        more?.()
        return isSkipped
      })
    const rollBack = () => {
      throw new Error('no')
    }

    await assert.rejects(dispatch(rollBack), /^Error: no$/)
    const skipped = [await dispatch(), await dispatch()]

    assert.deepEqual([skipped, await dataOf(queue)], [[false, true], ['a']])
  })

  test('a dispatch that comes after the end is refused', async () => {
    await using shop = await kind.open()
    await using queue = createQueue({ connection: shop.connect(), jobs: [ship] })

    const tx = await shop.client.transact(async (inside) => inside.tx)

    await assert.rejects(queue.dispatch(ship, 'a', { tx }), { code: 'INVALID_OPTION' })
    assert.equal(await shop.jobs(), 0)
  })

  if (!kind.traits.includes('nameless'))
    test('its statements answer rows and changes', async () => {
      await using shop = await kind.open()
      const [first, second] = kind.database === 'postgres' ? ['$1', '$2'] : ['?', '?']

      await shop.client.transact(async ({ addOrder, tx }) => {
        await addOrder(1)
        await addOrder(2)
        const found = await tx.query(`select id from orders where id in (${first}, ${second}) order by id`, [1, 2n])
        const deleted = await tx.query(`delete from orders where id = ${first} or id = ${second}`, [1, null])
        assert.deepEqual([found.rows.map(({ id }) => Number(id)), found.changes, deleted.changes], [[1, 2], 2, 1])
      })
    })
}

/** Where two transactions would be one. */
function testsOfSingle(kind: ShopKind): void {
  test('a transaction inside of one on the same connection is refused, and one that starts after it is not', async () => {
    await using shop = await kind.open()
    const add = (id: number) => shop.client.transact(({ addOrder }) => addOrder(id))
    const ended = Promise.withResolvers<void>()

    const later = await shop.client.transact(async ({ addOrder }) => {
      await addOrder(1)
      await assert.rejects(add(2), { code: 'INVALID_OPTION' })
      return { added: ended.promise.then(() => add(3)) }
    })
    ended.resolve()
    await later.added

    assert.deepEqual(await shop.orders(), [1, 3])
  })

  test('a transaction that waits for another one has a commit of its own', async () => {
    await using shop = await kind.open()
    const [entered, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const happened: string[] = []
    const record = (name: string, until?: Promise<void>) =>
      shop.client.transact(async ({ tx }) => {
        tx.afterCommit(() => void happened.push(name))
        entered.resolve()
        await until
      })

    const first = record('first', released.promise)
    await entered.promise
    const second = record('second')
    released.resolve()
    await Promise.all([first, second])

    assert.deepEqual(happened, ['first', 'second'])
  })
}

/** `node:sqlite` waits not at all by itself here. */
function testsOfLocks(kind: ShopKind): void {
  test('a file that another connection writes to is waited for', async () => {
    await using shop = await kind.open()
    await shop.run('begin immediate')

    const work = shop.client.transact(({ addOrder }) => addOrder(1))
    for (const _ of [1, 2, 3]) await nextTurn()
    await shop.run('insert into orders values (2)')
    await shop.run('commit')
    await work

    assert.deepEqual(await shop.orders(), [1, 2])
  })
}

function testsOfNesting(kind: ShopKind): void {
  test('a job of a nested transaction is heard of after the outermost commit, and not when either rolled back', async () => {
    await using shop = await kind.open()
    await using queue = createQueue({ connection: shop.connect(), jobs: [ship] })
    const heard = listen(queue)

    await shop.client.transact(async ({ tx, nest }) => {
      await queue.dispatch(ship, 'outer', { tx })
      await nest?.((inner) => queue.dispatch(ship, 'inner', { tx: inner.tx }))
      const undone = nest?.(async (inner) => {
        await queue.dispatch(ship, 'undone', { tx: inner.tx })
        throw new Error('no')
      })
      await assert.rejects(undone ?? Promise.resolve(), /no/)
      assert.deepEqual(heard, [])
    })
    const undone = shop.client.transact(async ({ nest }) => {
      await nest?.((inner) => queue.dispatch(ship, 'inner of undone', { tx: inner.tx }))
      throw new Error('no')
    })
    await assert.rejects(undone, /no/)

    assert.deepEqual(
      [heard, (await dataOf(queue)).toSorted()],
      [
        ['outer', 'inner'],
        ['inner', 'outer'],
      ],
    )
  })
}

function testsOfPostgres(kind: ShopKind): void {
  test('a transaction that a caught error has broken rejects, and its job is not heard of', async () => {
    await using shop = await kind.open()
    await using queue = createQueue({ connection: shop.connect(), jobs: [ship] })
    const heard = listen(queue)

    const work = shop.client.transact(async ({ tx }) => {
      await queue.dispatch(ship, 'a', { tx })
      await tx.query('select nothing from nowhere', []).catch(() => undefined)
    })

    await assert.rejects(work, /current transaction is aborted|select 1/)
    assert.deepEqual([heard, await shop.jobs()], [[], 0])
  })
}

function testsOfPool(kind: ShopKind): void {
  test('a connection that breaks costs its own transaction alone', async () => {
    await using shop = await kind.open()
    const isPostgres = kind.database === 'postgres'
    const thrown = new Error('no')

    for (const id of [1, 2, 3]) {
      const broken = shop.client.transact(async ({ addOrder, tx }) => {
        const { rows } = await tx.query(`select ${isPostgres ? 'pg_backend_pid()' : 'connection_id()'} as id`, [])
        await addOrder(id)
        await shop.run(isPostgres ? `select pg_terminate_backend(${rows[0]?.id})` : `kill ${rows[0]?.id}`)
        await assert.rejects(async () => addOrder(10 * id))
        throw thrown
      })
      await assert.rejects(broken, (error) => error === thrown)
    }
    await shop.client.transact(({ addOrder }) => addOrder(4))

    assert.deepEqual(await shop.orders(), [4])
  })
}

function listen(queue: Queue): readonly unknown[] {
  const heard: unknown[] = []
  queue.on('jobQueued', ({ data }) => heard.push(data))
  return heard
}

async function dataOf(queue: Queue): Promise<readonly unknown[]> {
  return (await queue.jobs()).map(({ payload }) => describePayload(payload).data)
}
