import { AsyncLocalStorage } from 'node:async_hooks'
import { InvalidOptionError } from '../errors.ts'

interface Holder {
  readonly connection: object
  readonly outer: Holder | undefined
  hasEnded: boolean
}

const holders = new AsyncLocalStorage<Holder>()
const lastTurns = new WeakMap<object, Promise<unknown>>()

/**
 * One connection has one transaction at a time: whoever comes meanwhile waits for its turn. Who holds the connection and
 * asks for it again would wait for ever, and is refused.
 */
export function inTurn<Result>(connection: object, work: () => Promise<Result>): Promise<Result> {
  const outer = holders.getStore()
  if (isHeldBy(outer, connection)) {
    const expected = 'another one, or hand trx and tx of the open transaction on'
    return Promise.reject(new InvalidOptionError('db', 'in a transaction', expected))
  }
  const holder = { connection, outer, hasEnded: false }
  const hold = () => holders.run(holder, work).finally(() => end(holder))
  const turn = (lastTurns.get(connection) ?? Promise.resolve()).then(hold)
  lastTurns.set(
    connection,
    turn.catch(() => undefined),
  )
  return turn
}

function isHeldBy(holder: Holder | undefined, connection: object): boolean {
  if (!holder) return false
  return (holder.connection === connection && !holder.hasEnded) || isHeldBy(holder.outer, connection)
}

/** What was started inside and lives on may have a turn of its own. */
function end(holder: Holder): void {
  holder.hasEnded = true
}
