import { setTimeout as wait } from 'node:timers/promises'
import type { ChildTask, Figures } from '../child-task.ts'
import type { Session } from '../contenders/contender.ts'
import { type JobData, jobData, machineNowMs } from '../job-data.ts'
import { percentile } from '../statistics.ts'
import { openSession, required } from './open-session.ts'

const warmUp = 10
const intervalMs = 50

/** From the call of dispatch to the handler's start, `size` jobs, one every 50 ms, in one process. */
export async function latencyWithin(task: ChildTask): Promise<Figures> {
  await using session = await openSession(task)
  const starts = await serve(session, task.size)
  await dispatchInStep(session, task.size)
  return summary(await starts.all)
}

/** The half that works, when dispatching is another process's business. */
export async function latencyWorker(task: ChildTask): Promise<Figures> {
  await using session = await openSession(task)
  const starts = await serve(session, task.size)
  process.stdout.write('ready\n')
  return summary(await starts.all)
}

/** The half that dispatches. */
export async function latencyDispatcher(task: ChildTask): Promise<Figures> {
  await using session = await openSession(task)
  await dispatchInStep(session, task.size)
  return {}
}

interface Starts {
  readonly all: Promise<readonly number[]>
}

async function serve(session: Session, size: number): Promise<Starts> {
  const latencies: number[] = []
  const all = Promise.withResolvers<readonly number[]>()
  await required(
    session.serve,
    'serve',
  )(({ sentAt }: JobData) => {
    latencies.push(machineNowMs() - sentAt)
    if (latencies.length === warmUp + size) all.resolve(latencies.slice(warmUp))
  })
  // In an object, for a promise that is answered by an async function is waited for.
  return { all: all.promise }
}

async function dispatchInStep(session: Session, size: number): Promise<void> {
  const add = required(session.add, 'add')
  const startedAt = performance.now()
  for (let step = 1; step <= warmUp + size; step += 1) {
    await add(jobData(machineNowMs()))
    await wait(Math.max(0, startedAt + step * intervalMs - performance.now()))
  }
}

function summary(latencies: readonly number[]): Figures {
  return { 'p50 ms': percentile(latencies, 0.5), 'p99 ms': percentile(latencies, 0.99) }
}
