import type { Task } from './child-task.ts'
import type { OpenWorker } from './contenders/contender.ts'

/** One copy in a process of its own, after those of other stores: the task in, one line of JSON out. */
const task: Task = JSON.parse(process.argv[2] ?? '')
const { openWorker }: { readonly openWorker: OpenWorker } = await import(`./contenders/${task.module}.ts`)
await using worker = await openWorker(task.databases)
for (const target of task.warmUps) await worker.copyOnce({ ...task.databases, target })
console.log(JSON.stringify(await worker.copyOnce(task.databases)))
