import { constant, constantFrom, nat } from 'fast-check'
import type { Connection } from '../../../src/connection.ts'
import { queueNames } from './cluster.ts'
import { type Command, command, pick, type Weighted } from './command.ts'

const queue = constantFrom(...queueNames)
const which = nat({ max: 9 })

const finished = { state: 'finished', olderThanHours: 0 } as const

/** What people do who look after the queue. */
export const operatorCommands: readonly Weighted[] = [
  [
    4,
    which.map((number) =>
      ofFailed('retries', number, (connection, uuid) => connection.retry(uuid, (payload) => payload)),
    ),
  ],
  [1, which.map((number) => ofFailed('forgets', number, (connection, uuid) => connection.forget(uuid)))],
  [
    1,
    constantFrom(0, 1).map((hours) =>
      ofOperator(`prunes failed jobs older than ${hours} h`, (connection) => connection.pruneFailed(hours)),
    ),
  ],
  [1, constant(ofOperator('prunes finished batches', (connection) => connection.pruneBatches(finished)))],
  [1, queue.map((name) => ofOperator(`clears ${name}`, (connection) => connection.clear(name)))],
  [2, queue.map((name) => ofOperator(`looks at ${name}`, (connection) => lookAt(name, connection)))],
]

async function lookAt(queue: string, connection: Connection): Promise<void> {
  await connection.size(queue)
  await connection.oldestDue(queue)
  await connection.nextDue({ queues: [queue] })
}

function ofOperator(name: string, act: (connection: Connection) => Promise<unknown>): Command {
  return command({ name: `operator ${name}`, act: (cluster) => cluster.operator.ask(act) })
}

function ofFailed(
  verb: string,
  number: number,
  act: (connection: Connection, uuid: string) => Promise<unknown>,
): Command {
  return command({
    name: `operator ${verb} the failed job ${number}`,
    isPossible: (cluster) => cluster.tables.failed.size > 0,
    act: (cluster) => {
      const uuid = pick([...cluster.tables.failed.keys()], number)
      return uuid === undefined ? undefined : cluster.operator.ask((connection) => act(connection, uuid))
    },
  })
}
