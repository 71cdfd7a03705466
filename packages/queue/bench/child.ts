import { claimCost } from './actions/claim-cost.ts'
import { dispatchMany, dispatchOne } from './actions/dispatch.ts'
import { drain } from './actions/drain.ts'
import { idle } from './actions/idle.ts'
import { latencyDispatcher, latencyWithin, latencyWorker } from './actions/latency.ts'
import { feed, memory, seed } from './actions/memory.ts'
import type { ChildAction, ChildTask, Figures } from './child-task.ts'

/**
 * One contender, one action, one process: `node child.ts '{"action":"drain","module":"bullmq",…}'`. The last line of the
 * output is the figures as JSON; what peers print before it is nobody's business.
 */
const actions: Readonly<Record<ChildAction, (task: ChildTask) => Promise<Figures>>> = {
  drain,
  dispatch: dispatchOne,
  'dispatch-many': dispatchMany,
  'latency-within': latencyWithin,
  'latency-worker': latencyWorker,
  'latency-dispatcher': latencyDispatcher,
  claim: claimCost,
  idle,
  seed,
  feed,
  memory,
}

const task: ChildTask = JSON.parse(process.argv[2] ?? '')
const figures = await actions[task.action](task)
// Some peers leave timers behind.
process.stdout.write(`\n${JSON.stringify(figures)}\n`, () => process.exit(0))
