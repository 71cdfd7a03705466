import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createQueue, defineJob, type Queue } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'
import { privateKinds } from '../../support/private-queues.ts'

const restarts = 5
/** Jobs that must have run since the last restart before the next one comes. */
const jobsBetween = 300
/** So many wait from the beginning, so that each kill finds batches under way. */
const backlog = 20_000
const retryAfter = 2

for (const kind of privateKinds) {
  describe(`${kind.name} that is killed and started again`, () => {
    test(`${restarts} times in the middle of the work loses no job, and the same worker goes on`, async () => {
      await using server = await kind.launch()
      const settings = await kind.createDatabase(server)
      const ran = new Map<string, number>()
      const job = defineJob<number>('Job', {}, async (_, { uuid }) => {
        await nextTurn()
        ran.set(uuid, (ran.get(uuid) ?? 0) + 1)
      })
      const options = { retryAfter, deadline: 3 }
      await using working = createQueue({ connection: kind.connect(settings, options), jobs: [job] })
      await using dispatching = createQueue({ connection: kind.connect(settings, options), jobs: [job] })
      await working.migrate()
      const waiting = await dispatching.pushMany(
        job,
        Array.from({ length: backlog }, (_, n) => n),
      )
      let finished = 0
      let troubles = 0
      working.on('jobProcessed', () => {
        finished += 1
      })
      working.on('workerError', () => {
        troubles += 1
      })
      const dispatchers = [dispatcher(dispatching), dispatcher(dispatching)]
      const worker = working.worker({ concurrency: 10, memory: 0 })
      const run = worker.run()

      for (let each = 0; each < restarts; each += 1) {
        const before = finished
        await eventually(() => finished >= before + jobsBetween, 30)
        await server.kill('SIGKILL')
        await server.start()
      }
      const told = await Promise.all(dispatchers.map((each) => each.stop()))
      await eventually(async () => (await server.query('select id from jobs', settings.database)).length === 0, 30)
      worker.stop()

      assert.equal((await run).reason, 'interrupted')
      assert.ok(troubles >= restarts, `the worker met only ${troubles} troubles`)
      const acknowledged = [...waiting.map(({ uuid }) => uuid), ...told.flatMap((each) => each.acknowledged)]
      const tried = new Set([...acknowledged, ...told.flatMap((each) => each.refused)])
      assert.deepEqual(
        acknowledged.filter((uuid) => !ran.has(uuid)),
        [],
      )
      assert.deepEqual(
        [...ran.keys()].filter((uuid) => !tried.has(uuid)),
        [],
      )
      // A worker that goes on is not to blame for the server's death, and neither is the job: no try was used up.
      assert.deepEqual(await server.query('select uuid from failed_jobs', settings.database), [])
      assert.ok(told.some((each) => each.refused.length > 0))
    })
  })
}

interface Dispatcher {
  stop(): Promise<{ readonly acknowledged: readonly string[]; readonly refused: readonly string[] }>
}

/** Dispatches as fast as it is answered, as an application would: what is refused is not dispatched again. */
function dispatcher(queue: Queue): Dispatcher {
  const acknowledged: string[] = []
  const refused: string[] = []
  let isOver = false
  const dispatchAll = async () => {
    while (!isOver) {
      const uuid = randomUUID()
      try {
        await queue.push('Job', 1, { uuid })
        acknowledged.push(uuid)
      } catch {
        refused.push(uuid)
        // A port that refuses does so at once: the rest of the process wants its turn.
        await nextTurn()
      }
    }
  }
  const dispatching = dispatchAll()
  return {
    stop: async () => {
      isOver = true
      await dispatching
      return { acknowledged, refused }
    },
  }
}
