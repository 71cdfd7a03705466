import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../../support/eventually.ts'
import type { Aim, Fleet, Member } from './fleet.ts'
import type { Random } from './random.ts'

export interface KillPlan {
  readonly kills: number
  /** Of the pause before each kill. */
  readonly everyMs: { readonly from: number; readonly to: number }
  /** Which part of the worker is hit; one of them at random. */
  readonly aims: readonly Aim[]
  readonly random: Random
  /** What else happens at each kill, before it. */
  readonly beforeEach?: (index: number) => Promise<void>
}

/** Kills one worker after the other with SIGKILL, mostly such as are at work already. */
export async function killInTurn(fleet: Fleet, { kills, everyMs, aims, random, beforeEach }: KillPlan): Promise<void> {
  for (let index = 0; index < kills; index += 1) {
    await beforeEach?.(index)
    await wait(random.whole(everyMs.from, everyMs.to))
    // One that has not begun to work may die too.
    const ready = random.chance(5) ? fleet.members : await membersAtWork(fleet)
    fleet.kill(random.pick(ready), random.pick(aims))
  }
}

/** Those that have begun to work; waits until there is one. */
export function membersAtWork(fleet: Fleet): Promise<readonly Member[]> {
  return eventually(() => (fleet.readyMembers.length > 0 ? fleet.readyMembers : undefined), 60)
}
