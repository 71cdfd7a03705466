import type { ChildTask } from '../child-task.ts'
import type { OpenSession, Session } from '../contenders/contender.ts'

/** Opens the contender of a task; its file is loaded only here, so that no process holds two of them. */
export async function openSession({ module, place, settings }: ChildTask): Promise<Session> {
  const { open }: { open: OpenSession } = await import(`../contenders/${module}.ts`)
  return open({ place, settings })
}

/** A part of a session that the action cannot do without. */
export function required<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw new Error(`This contender does not offer ${name}.`)
  return part
}
