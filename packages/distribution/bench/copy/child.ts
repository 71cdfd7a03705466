import type { Task } from './child-task.ts'
import type { Copied, OpenWorker } from './contenders/contender.ts'

/** One copy in a process of its own, after those of other stores: the task in, one line of JSON out. */
const task: Task = JSON.parse(process.argv[2] ?? '')
const { openWorker }: { readonly openWorker: OpenWorker } = await import(`./contenders/${task.module}.ts`)
await using worker = await openWorker(task.databases)
const before: Copied[] = []
for (const target of task.warmUps) before.push(await worker.copyOnce({ ...task.databases, target }))
const copied = await worker.copyOnce(task.databases)
console.log(JSON.stringify({ ...copied, ...(await verified()) }))

/** Who copies verifies nothing meanwhile: only when all is copied, the stores of before first. */
async function verified(): Promise<Pick<Copied, 'verifyMilliseconds'>> {
  if (!worker.verifyOnce) return {}
  for (const store of before) await worker.verifyOnce(store)
  return { verifyMilliseconds: await worker.verifyOnce(copied) }
}
