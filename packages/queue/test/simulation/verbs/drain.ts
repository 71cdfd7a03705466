import type { Scheduler } from 'fast-check'
import { type Cluster, queueNames, retryAfterSeconds } from './cluster.ts'

/**
 * After the faults: everybody dies, a worker starts that does what it is told, and time passes only as far as the database
 * says that the next job is due. Every job must have ended when the last of those moments has come.
 */
export async function drain(cluster: Cluster, scheduler: Scheduler): Promise<void> {
  const { model, clock, workers } = cluster
  for (const worker of workers) worker.crash()
  for (const client of [cluster.producer, cluster.operator, cluster.parent]) client.restart()
  await scheduler.waitIdle()
  model.tell('the faults are over')
  const lastMoment = lastDue(cluster)
  const work = workLeft(cluster)
  await scheduler.waitFor(work)
  model.demand(clock.unixSeconds <= lastMoment, 'the queue was drained later than its last job was due')
  const left = [...cluster.tables.jobs.keys()]
  model.demand(left.length === 0, `jobs were left that nobody claims: ${left.join(', ')}`)
}

async function workLeft(cluster: Cluster): Promise<void> {
  const [worker] = cluster.workers
  if (!worker) return
  // Each round ends a job or comes to the next moment; a job may bring another one.
  for (let round = 0; round < maxRounds && cluster.model.violations.length === 0; round += 1) {
    const claimed = await worker.claim({ queues: queueNames, limit: 10 })
    for (const held of worker.free) await worker.complete(held)
    if (claimed > 0) continue
    const seconds = await worker.client.ask((connection) => connection.nextDue({ queues: queueNames }))
    if (seconds === undefined) return
    // What is due and was not claimed is a reservation that is over by a clock which is not believed yet.
    cluster.clock.pass(Math.max(1, seconds))
  }
  cluster.model.demand(cluster.model.violations.length > 0, `the queue was not drained in ${maxRounds} rounds`)
}

const maxRounds = 500

/**
 * A reservation that lies ahead of the clock begins anew, and one that is over by a clock that leapt is not believed for as
 * long as a reservation lasts; the column has whole seconds.
 */
function lastDue({ tables, clock }: Cluster): number {
  const delayed = [...tables.jobs.values()].flatMap(({ reserved_at, available_at, created_at }) =>
    reserved_at === null && available_at > created_at ? [available_at] : [],
  )
  return Math.max(clock.unixSeconds + 2 * retryAfterSeconds + 2, ...delayed)
}
