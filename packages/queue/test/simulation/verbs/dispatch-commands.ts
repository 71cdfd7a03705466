import { boolean, constantFrom, integer, nat, record } from 'fast-check'
import { batchOptions, type DescribedJob, newJob, payloadOf } from '../model/described-job.ts'
import type { Cluster } from './cluster.ts'
import { queueNames } from './cluster.ts'
import { type Command, command, type Weighted } from './command.ts'

const queue = constantFrom(...queueNames)
const kind = constantFrom('common' as const, 'rare' as const)

/** What a process does that dispatches jobs. */
export const dispatchCommands: readonly Weighted[] = [
  [8, record({ queue, kind, count: integer({ min: 1, max: 4 }), isChained: boolean() }).map(push)],
  [2, record({ queue, kind, seconds: integer({ min: 1, max: 45 }) }).map(pushDelayed)],
  [
    2,
    record({ queue, keys: constantFrom(['a'], ['b'], ['a', 'b']), seconds: integer({ min: 5, max: 90 }) }).map(
      pushUnique,
    ),
  ],
  [3, record({ queue, count: integer({ min: 1, max: 3 }), areFailuresAllowed: boolean() }).map(pushBatch)],
  [2, record({ queue, worker: nat({ max: 2 }) }).map(pushReserved)],
]

interface Push {
  readonly queue: string
  readonly kind: DescribedJob['kind']
  readonly count: number
  readonly isChained: boolean
}

function push({ queue, kind, count, isChained }: Push): Command {
  return command({
    name: `producer pushes ${count} ${kind} jobs to ${queue}${isChained ? ', each with another that follows' : ''}`,
    act: (cluster) => {
      const jobs = Array.from({ length: count }, () => described(cluster, { kind, isChained }))
      return cluster.producer.ask((connection) => connection.push(jobs.map((job) => newJob(job, queue))))
    },
  })
}

function described(cluster: Cluster, { kind, isChained }: Pick<Push, 'kind' | 'isChained'>): DescribedJob {
  const uuid = cluster.nextName()
  return { uuid, kind, ...(isChained && { next: { uuid: `${uuid}+`, kind } }) }
}

function pushDelayed({ queue, kind, seconds }: Pick<Push, 'queue' | 'kind'> & { readonly seconds: number }): Command {
  return command({
    name: `producer pushes a ${kind} job to ${queue} for in ${seconds} s`,
    act: (cluster) => {
      const job = newJob({ uuid: cluster.nextName(), kind }, queue, seconds)
      return cluster.producer.ask((connection) => connection.push([job]))
    },
  })
}

interface UniquePush {
  readonly queue: string
  readonly keys: readonly string[]
  readonly seconds: number
}

function pushUnique({ queue, keys, seconds }: UniquePush): Command {
  return command({
    name: `producer pushes a job to ${queue} for each of ${keys.join(', ')}, unique for ${seconds} s`,
    act: (cluster) => {
      const unique = keys.map((key) => ({ key, uuid: cluster.nextName() }))
      const jobs = unique.map(({ key, uuid }) => newJob({ uuid, kind: 'common', uniqueKey: key }, queue))
      const locks = unique.map(({ key, uuid }) => ({ key, owner: uuid, seconds }))
      return cluster.producer.ask((connection) => connection.pushUnique(jobs, locks))
    },
  })
}

interface BatchPush {
  readonly queue: string
  readonly count: number
  readonly areFailuresAllowed: boolean
}

function pushBatch({ queue, count, areFailuresAllowed }: BatchPush): Command {
  return command({
    name: `producer pushes a batch of ${count} to ${queue} that allows ${areFailuresAllowed ? 'failures' : 'no failure'}`,
    act: (cluster) => {
      const id = `batch of ${cluster.nextName()}`
      const options = areFailuresAllowed ? batchOptions.allowing : batchOptions.strict
      const jobs = Array.from({ length: count }, () =>
        newJob({ uuid: cluster.nextName(), kind: 'common', batch: id }, queue),
      )
      return cluster.producer.ask((connection) => connection.pushBatch({ id, name: '', options }, jobs))
    },
  })
}

function pushReserved({ queue, worker }: { readonly queue: string; readonly worker: number }): Command {
  return command({
    name: `w${worker + 1} pushes a job to ${queue} for itself`,
    isPossible: (cluster) => cluster.workers[worker]?.isRunning === true,
    act: (cluster) =>
      cluster.workers[worker]?.pushReserved(queue, payloadOf({ uuid: cluster.nextName(), kind: 'common' })),
  })
}
