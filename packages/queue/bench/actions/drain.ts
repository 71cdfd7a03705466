import type { ChildTask, Figures } from '../child-task.ts'
import { openSession, required } from './open-session.ts'

/** Fills the queue with `size` jobs, then works them off. */
export async function drain(task: ChildTask): Promise<Figures> {
  await using session = await openSession(task)
  await session.addMany(task.size)
  const elapsedMs = await required(session.drain, 'drain')(task.size)
  return { 'jobs/s': (task.size / elapsedMs) * 1_000 }
}
