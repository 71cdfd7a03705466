import type { ServerFault } from './faulty-server.ts'

/** Makes the error of the queue's own deadline, of the source that is under test. */
export type MakeDeadlineError = () => Error

type Send = (sql: string) => Promise<unknown>

/** What MariaDB answers when something is wrong; each error comes from the server itself, and undoes what it undoes. */
export function mariadbFaults(deadlineError: MakeDeadlineError): readonly ServerFault[] {
  const signal = (send: Send, number: number) =>
    send(`signal sqlstate 'HY000' set mysql_errno = ${number}, message_text = 'a fault of the test'`)
  const undoing = (number: number) => async (send: Send) => {
    await send('rollback')
    return signal(send, number)
  }
  const kill = (send: Send) => send('kill connection_id()')
  const lockWait = refusal('lock wait timeout', (send) => signal(send, 1205), { isHealed: true, leavesOpen: true })
  const refused = refusal('refused', (send) => signal(send, 1105), { leavesOpen: true })
  return [
    refused,
    lockWait,
    refusal('deadlock', undoing(1213), { isHealed: true }),
    refusal('record changed', undoing(1020), { isHealed: true }),
    refusal('read-only', (send) => signal(send, 1290), { says: 'read_only' }),
    refusal('network read interrupted', (send) => signal(send, 1159), { says: 'connection_lost' }),
    { ...lockWait, name: 'lock wait timeout, rollback refused', isHealed: false, atRollback: refused },
    refusal('ended by somebody', kill, { says: 'connection_lost' }),
    ...losses(kill),
    ...silences(deadlineError),
  ]
}

/** The same of PostgreSQL, where any error leaves a transaction that only takes a rollback. */
export function postgresFaults(deadlineError: MakeDeadlineError): readonly ServerFault[] {
  const raise = (code: string) => (send: Send) =>
    send(`do $$ begin raise exception 'a fault of the test' using errcode = '${code}'; end $$`)
  const terminate = (send: Send) => send('select pg_terminate_backend(pg_backend_pid())')
  const refused = refusal('refused', raise('P0001'), { leavesOpen: true })
  const lockWait = refusal('lock not available', raise('55P03'), { isHealed: true, leavesOpen: true })
  return [
    refused,
    lockWait,
    refusal('deadlock', raise('40P01'), { isHealed: true, leavesOpen: true }),
    refusal('serialization failure', raise('40001'), { isHealed: true, leavesOpen: true }),
    refusal('statement canceled', raise('57014'), { leavesOpen: true, says: 'DATABASE_DEADLINE' }),
    refusal('disk full', raise('53100')),
    refusal('read-only', raise('25006'), { says: 'read_only' }),
    { ...lockWait, name: 'lock not available, rollback refused', isHealed: false, atRollback: refused },
    ...losses(terminate),
    ...silences(deadlineError),
  ]
}

interface RefusalTraits {
  readonly isHealed?: boolean
  readonly leavesOpen?: boolean
  readonly says?: string
}

/** The statement is not carried out. */
function refusal(
  name: string,
  fail: (send: Send) => Promise<unknown>,
  { isHealed = false, ...traits }: RefusalTraits = {},
): ServerFault {
  return { name, isHealed, ...traits, strike: ({ send }) => fail(send) }
}

/** The connection ends before the statement, or after it was carried out and before its answer. */
function losses(end: (send: Send) => Promise<unknown>): readonly ServerFault[] {
  const lose = async (send: Send) => {
    await end(send).catch(() => undefined)
    return send('select 1')
  }
  const lost = { isHealed: false, says: 'connection_lost' }
  return [
    { ...lost, name: 'connection lost before', strike: ({ send }) => lose(send) },
    {
      ...lost,
      name: 'connection lost after',
      strike: async ({ run, send }) => {
        await run()
        return lose(send)
      },
    },
  ]
}

/** Nothing is heard until the deadline, which is not waited for here. */
function silences(deadlineError: MakeDeadlineError): readonly ServerFault[] {
  const silent = { isHealed: false, says: 'DATABASE_DEADLINE' }
  return [
    { ...silent, name: 'no answer, not carried out', strike: () => Promise.reject(deadlineError()) },
    {
      ...silent,
      name: 'no answer, carried out',
      strike: async ({ run }) => {
        await run()
        throw deadlineError()
      },
    },
  ]
}
