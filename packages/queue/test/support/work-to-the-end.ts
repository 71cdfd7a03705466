import type { Queue } from '../../src/index.ts'

/**
 * Works until no job is left that nobody holds. Where the clock was set back across a second meanwhile, one that was
 * released for at once is due in a moment, and a worker that stops when nothing is due has stopped before.
 */
export async function workToTheEnd(queue: Queue): Promise<void> {
  do await queue.worker({ stopWhenEmpty: true }).run()
  while ((await queue.jobs()).some(({ reservedAt }) => reservedAt === null))
}
