import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../../support/eventually.ts'
import type { Aim, Fleet, Member } from './fleet.ts'
import type { Random } from './random.ts'

export interface KillPlan {
  readonly kills: number
  /** Of the pause before each kill. */
  readonly everyMs: { readonly from: number; readonly to: number }
  readonly random: Random
  /** What else happens at each kill, before it. */
  readonly beforeEach?: (index: number) => Promise<void>
}

/** The others leave no runner alive, alone or with its parent. */
const aims: readonly Aim[] = ['all', 'child']
/** In a hundred, those that hit the parent alone, whose runner has to get over it. */
const parentPercent = 6
/** In a hundred, those that also hit who has not begun to work, or has nothing to do. */
const anyPercent = 5

/** Kills one worker after the other with SIGKILL, mostly such as run a job. */
export async function killInTurn(fleet: Fleet, { kills, everyMs, random, beforeEach }: KillPlan): Promise<void> {
  for (let index = 0; index < kills; index += 1) {
    await beforeEach?.(index)
    await wait(random.whole(everyMs.from, everyMs.to))
    const victims = random.chance(anyPercent) ? fleet.members : await busyMembers(fleet)
    fleet.kill(random.pick(victims), random.chance(parentPercent) ? 'parent' : random.pick(aims))
  }
}

/** Those that run a job, or have begun to work where none does; waits for one. */
async function busyMembers(fleet: Fleet): Promise<readonly Member[]> {
  const busy = () => {
    const members = fleet.members.filter((member) => member.isBusy)
    return members.length > 0 ? members : undefined
  }
  return eventually(busy, 5).catch(() => membersAtWork(fleet))
}

/** Those that have begun to work; waits until there is one. */
export function membersAtWork(fleet: Fleet): Promise<readonly Member[]> {
  return eventually(() => (fleet.readyMembers.length > 0 ? fleet.readyMembers : undefined), 60)
}
