import type { Driver } from 'kysely'

/** A session that broke takes its transaction with it: the `rollback` that then fails must not hide why it broke. */
export function withQuietRollback(driver: Driver): Driver {
  const rollback = driver.rollbackTransaction.bind(driver)
  driver.rollbackTransaction = (connection) => rollback(connection).catch(() => undefined)
  return driver
}
