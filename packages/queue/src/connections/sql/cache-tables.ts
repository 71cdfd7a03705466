import type { Dialect, Driver, Executor } from '../../drivers/driver.ts'
import { foreverSeconds, type Lock, type SharedStore } from '../../shared-store.ts'

/** Laravel's tables `cache` and `cache_locks`, as its cache store `database` uses them. */
export class CacheTables implements SharedStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (keys.length === 0) return new Map()
    const { keyColumn, nowUnixSeconds } = await this.#driver.dialect()
    const { rows } = await this.#driver.query(
      `select ${keyColumn} as name, value from cache
       where ${keyColumn} in (${keys.map(() => '?').join(', ')}) and expiration > ${nowUnixSeconds}`,
      keys,
    )
    return new Map(rows.map(({ name, value }) => [String(name), String(value)]))
  }

  async put(key: string, value: string, seconds = foreverSeconds()): Promise<void> {
    const { keyColumn, nowUnixSeconds, replaceCached } = await this.#driver.dialect()
    await this.#driver.query(
      `insert into cache (${keyColumn}, value, expiration) values (?, ?, ${nowUnixSeconds} + ?) ${replaceCached}`,
      [key, value, seconds],
    )
  }

  async forget(key: string): Promise<boolean> {
    const { keyColumn } = await this.#driver.dialect()
    const { changes } = await this.#driver.query(`delete from cache where ${keyColumn} = ?`, [key])
    return changes === 1
  }

  async increment(key: string, seconds: number): Promise<number> {
    const dialect = await this.#driver.dialect()
    const { keyColumn, nowUnixSeconds: now, rowLock, keepCached } = dialect
    return this.#driver.transaction(async (executor) => {
      // There is a row to lock from here on, also for two who come first at once.
      await executor.query(
        `insert into cache (${keyColumn}, value, expiration) values (?, 'i:0;', ${now} + ?) ${keepCached}`,
        [key, seconds],
      )
      const { rows } = await executor.query(
        `select value, expiration - ${now} as seconds_left from cache where ${keyColumn} = ? ${rowLock}`,
        [key],
      )
      const isAlive = Number(rows[0]?.seconds_left) > 0
      const count = isAlive ? countIn(String(rows[0]?.value)) + 1 : 1
      const renewed = isAlive ? 'expiration' : `${now} + ?`
      await executor.query(`update cache set value = ?, expiration = ${renewed} where ${keyColumn} = ?`, [
        `i:${count};`,
        ...(isAlive ? [] : [seconds]),
        key,
      ])
      return count
    })
  }

  async acquireLock(lock: Lock): Promise<boolean> {
    return acquireLock(this.#driver, await this.#driver.dialect(), lock)
  }

  async releaseLock(key: string, owner?: string): Promise<boolean> {
    const dialect = await this.#driver.dialect()
    if (owner !== undefined) return releaseLock(this.#driver, dialect, { key, owner })
    const { changes } = await this.#driver.query(`delete from cache_locks where ${dialect.keyColumn} = ?`, [key])
    return changes === 1
  }

  async releaseLocksOf(owner: string): Promise<void> {
    await this.#driver.query('delete from cache_locks where owner = ?', [owner])
  }
}

/** All of them or none, inside a transaction. */
export async function acquireLocks(executor: Executor, dialect: Dialect, locks: readonly Lock[]): Promise<boolean> {
  for (const [index, lock] of locks.entries()) {
    if (await acquireLock(executor, dialect, lock)) continue
    for (const taken of locks.slice(0, index)) await releaseLock(executor, dialect, taken)
    return false
  }
  return true
}

/** So many locks that are over are deleted at a time. */
const prunedAtOnce = 1_000

/** Deletes some locks that are over: what is dispatched under a key leaves one behind, which nobody frees. */
export async function pruneLocks(driver: Driver): Promise<void> {
  const { keyColumn, nowUnixSeconds } = await driver.dialect()
  const isOver = `expiration <= ${nowUnixSeconds}`
  const { rows } = await driver.query(
    `select ${keyColumn} as name from cache_locks where ${isOver} limit ${prunedAtOnce}`,
  )
  if (rows.length === 0) return
  const names = rows.map(({ name }) => String(name))
  const places = names.map(() => '?').join(', ')
  await driver.query(`delete from cache_locks where ${keyColumn} in (${places}) and ${isOver}`, names)
}

async function releaseLock(
  executor: Executor,
  { keyColumn }: Dialect,
  { key, owner }: Pick<Lock, 'key' | 'owner'>,
): Promise<boolean> {
  const { changes } = await executor.query(`delete from cache_locks where ${keyColumn} = ? and owner = ?`, [key, owner])
  return changes === 1
}

/** Alone or inside a transaction, which takes the lock back when it is rolled back. */
async function acquireLock(executor: Executor, dialect: Dialect, lock: Lock): Promise<boolean> {
  const { keyColumn, nowUnixSeconds, keepCached } = dialect
  const { key, owner, seconds } = lock
  const until = `${nowUnixSeconds} + ?`
  await executor.query(
    `insert into cache_locks (${keyColumn}, owner, expiration) values (?, ?, ${until}) ${keepCached}`,
    [key, owner, seconds],
  )
  await executor.query(
    `update cache_locks set owner = ?, expiration = ${until}
     where ${keyColumn} = ? and (owner = ? or expiration <= ${nowUnixSeconds})`,
    [owner, seconds, key, owner],
  )
  // How many rows an update changed is said in more than one way by the clients of applications.
  const { rows } = await executor.query(`select owner from cache_locks where ${keyColumn} = ?`, [key])
  // The rows of some have no names.
  const [holder] = Object.values(rows[0] ?? {})
  return holder === owner
}

/** A count as PHP serializes it; whatever else is there counts as none. */
function countIn(value: string): number {
  return Number(/^i:(\d{1,15});$/.exec(value)?.[1] ?? 0)
}
