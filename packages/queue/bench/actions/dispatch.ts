import type { ChildTask, Figures } from '../child-task.ts'
import { jobData } from '../job-data.ts'
import { openSession, required } from './open-session.ts'

const warmUp = 50

/** Dispatches one job after the other for `size` milliseconds, each awaited. */
export async function dispatchOne(task: ChildTask): Promise<Figures> {
  await using session = await openSession(task)
  const add = required(session.add, 'add')
  for (let done = 0; done < warmUp; done += 1) await add(jobData())
  const startedAt = performance.now()
  let dispatched = 0
  while (performance.now() - startedAt < task.size) {
    await add(jobData())
    dispatched += 1
  }
  return { 'jobs/s': (dispatched / (performance.now() - startedAt)) * 1_000 }
}

const callsOfMany = 3

/** Dispatches `size` jobs at once, a few times. */
export async function dispatchMany(task: ChildTask): Promise<Figures> {
  await using session = await openSession(task)
  const startedAt = performance.now()
  for (let call = 0; call < callsOfMany; call += 1) await session.addMany(task.size)
  return { 'jobs/s': ((callsOfMany * task.size) / (performance.now() - startedAt)) * 1_000 }
}
