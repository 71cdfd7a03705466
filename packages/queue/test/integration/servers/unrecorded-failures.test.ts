import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createQueue, defineJob } from '../../../src/index.ts'
import { serverKinds } from '../../support/connections.ts'

/** A table of failures that does not take what happened must not let the handler run again and again. */
for (const kind of serverKinds) {
  describe(`a failure on ${kind.name}`, () => {
    test('that cannot be recorded is not run again, and is recorded once it can be', async () => {
      await using database = await kind.server.createDatabase()
      await using queue = createQueue({ connection: kind.connect(database, { retryAfter: 2 }), jobs: [failing()] })
      await queue.migrate()
      await database.query('alter table failed_jobs rename to failures')
      await queue.push('Failing', 'café 🛒')

      const worker = queue.worker({ tries: 1, maxTime: 8, sleep: 0.1 })
      await worker.run()
      const [kept] = await queue.jobs()
      assert.deepEqual([runs, kept?.attempts, kept?.reservedAt], [1, 1, null])
      await database.query('alter table failures rename to failed_jobs')
      await database.query('update jobs set available_at = available_at - 60')
      await queue.worker({ tries: 1, stopWhenEmpty: true }).run()

      assert.deepEqual([runs, await queue.countFailed(), await queue.jobs()], [1, 1, []])
    })

    if (kind.name !== 'postgres') {
      test('is recorded in a column of an older charset, with other letters spelt out', async () => {
        await using database = await kind.server.createDatabase()
        await using queue = createQueue({ connection: kind.connect(database), jobs: [failing()] })
        await queue.migrate()
        await database.query('alter table failed_jobs modify exception longtext character set latin1 not null')
        await queue.push('Failing', 'café 🛒')

        await queue.worker({ tries: 1, stopWhenEmpty: true }).run()

        const [failed] = await queue.failed()
        assert.match(failed?.exception ?? '', /^Error: caf\\u\{e9\} \\u\{1f6d2\}\n/)
        assert.equal(runs, 1)
      })
    }

    if (kind.name !== 'postgres') {
      test('whose payload has letters that the table cannot hold is recorded as the same JSON', async () => {
        await using database = await kind.server.createDatabase()
        const heard: string[] = []
        const hearing = defineJob<string>('Failing', {}, (text) => void heard.push(text))
        await using queue = createQueue({ connection: kind.connect(database), jobs: [failing()] })
        await using later = createQueue({ connection: kind.connect(database), jobs: [hearing] })
        await queue.migrate()
        for (const column of ['payload', 'exception'])
          await database.query(`alter table failed_jobs modify ${column} longtext character set latin1 not null`)
        await queue.push('Failing', 'café 🛒')

        await queue.worker({ tries: 1, stopWhenEmpty: true }).run()
        const [failed] = await queue.failed()
        await later.retry(failed?.uuid ?? '')
        await later.worker({ stopWhenEmpty: true }).run()

        assert.match(failed?.payload ?? '', /^[ -~]+"data":"caf\\u00e9 \\ud83d\\uded2"/)
        assert.deepEqual([runs, heard, await queue.jobs()], [1, ['café 🛒'], []])
      })
    }

    let runs = 0

    function failing() {
      runs = 0
      return defineJob<string>('Failing', {}, (text) => {
        runs += 1
        throw new Error(text)
      })
    }
  })
}
