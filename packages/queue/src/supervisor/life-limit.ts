import { Worker } from 'node:worker_threads'

/** As text: a thread that is a file of its own would be lost when the application is bundled. */
const thread = `
  const { workerData: limitMs } = require('node:worker_threads')
  setTimeout(() => {
    try {
      process.kill(-process.pid, 'SIGKILL')
    } catch {
      // It leads no group.
      process.kill(process.pid, 'SIGKILL')
    }
  }, limitMs)`

/**
 * Kills this process, with its group, when it still lives after so long, also when its own thread stands still by then. It is
 * for a process whose parent may be gone, so that nobody else would do it.
 */
export function limitOwnLife(limitMs: number): void {
  // Nothing that the application has loaded before its own start: that is code which may block this thread too.
  const watch = new Worker(thread, { eval: true, workerData: limitMs, execArgv: [], env: {} })
  // Where the system gives no other thread, the parent still has the same limit.
  watch.on('error', () => undefined)
  watch.unref()
}
