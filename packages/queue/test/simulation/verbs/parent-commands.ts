import { boolean, constant, nat, record } from 'fast-check'
import { describedIn } from '../model/described-job.ts'
import type { Client } from './client.ts'
import type { Cluster } from './cluster.ts'
import { type Command, command, pick, type Weighted } from './command.ts'

const worker = nat({ max: 2 })
const which = nat({ max: 9 })
const slotName = 'workers'
const slotSettings = { name: slotName, limit: 2, leaseSeconds: 15 }

/** What whoever keeps the workers alive does after one has died, and the slots that bound their number. */
export const parentCommands: readonly Weighted[] = [
  [
    3,
    boolean().map((areSuspects) =>
      ofParent(`gives back what the dead have left${areSuspects ? ' as suspects' : ''}`, ({ left, parent }) => {
        const reservations = left.slice(-5)
        return parent.ask((connection) => connection.forgive(reservations, { areSuspects }))
      }),
    ),
  ],
  [
    3,
    which.map((number) =>
      ofParent(`counts that job ${number} of the dead has ended its process`, ({ left, parent }) => {
        const reservation = pick(left, number)
        return reservation && parent.ask((connection) => connection.countCrash(reservation))
      }),
    ),
  ],
  [
    1,
    constant(
      ofParent('looks which jobs of the dead are still reserved', ({ left, parent }) =>
        parent.ask((connection) => connection.reserved([...left])),
      ),
    ),
  ],
  [1, which.map(recordFailure)],
  [
    3,
    record({ worker, isSameHost: boolean() }).map(({ worker, isSameHost }) =>
      ofWorker(worker, `takes a slot${isSameHost ? ', and knows who is dead' : ''}`, (client, cluster) => {
        const isDead = (owner: string) => isSameHost && !cluster.isAlive(owner)
        const isAtWork = (owner: string) => isSameHost && owner !== client.process.life && cluster.isAlive(owner)
        return client.ask(({ slots }) => slots.take({ ...slotSettings, owner: client.process.life, isDead, isAtWork }))
      }),
    ),
  ],
  [
    2,
    record({ worker, slot: nat({ max: 1 }) }).map(({ worker, slot }) =>
      ofWorker(worker, `renews slot ${slot}`, (client) =>
        client.ask(({ slots }) => slots.renew({ name: slotName, slot, owner: client.process.life }, 15)),
      ),
    ),
  ],
  [
    1,
    record({ worker, slot: nat({ max: 1 }) }).map(({ worker, slot }) =>
      ofWorker(worker, `frees slot ${slot}`, (client) =>
        client.ask(({ slots }) => slots.free({ name: slotName, slot, owner: client.process.life })),
      ),
    ),
  ],
]

function ofParent(name: string, act: (cluster: Cluster) => unknown): Command {
  return command({ name: `parent ${name}`, isPossible: ({ left }) => left.length > 0, act })
}

/** Once for each job: its process tells of it when it ends. */
function recordFailure(number: number): Command {
  return command({
    name: `parent records that the done job ${number} has failed after all`,
    isPossible: ({ model }) => model.jobs.done.length > 0,
    act: ({ model, parent, failedLate }) => {
      const payload = pick(
        model.jobs.done.filter((each) => !failedLate.has(each)),
        number,
      )
      if (payload === undefined) return undefined
      failedLate.add(payload)
      const { uuid } = describedIn(payload)
      const failure = { uuid, connection: 'database', queue: 'default', payload, exception: 'Error: late' }
      return parent.ask((connection) => connection.recordFailure(failure))
    },
  })
}

function ofWorker(number: number, name: string, act: (client: Client, cluster: Cluster) => unknown): Command {
  return command({
    name: `w${number + 1} ${name}`,
    isPossible: ({ workers }) => workers[number]?.isRunning === true,
    act: (cluster) => cluster.workers[number] && act(cluster.workers[number].client, cluster),
  })
}
