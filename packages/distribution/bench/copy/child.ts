import type { Task } from './child-task.ts'
import type { CopyOnce } from './contenders/contender.ts'

/** One copy in a process of its own, whose memory nobody else has used: the task in, one line of JSON out. */
const task: Task = JSON.parse(process.argv[2] ?? '')
const { copyOnce }: { readonly copyOnce: CopyOnce } = await import(`./contenders/${task.module}.ts`)
if (task.warmUp) await copyOnce(task.warmUp)
console.log(JSON.stringify(await copyOnce(task.databases)))
