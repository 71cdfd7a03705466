import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { echoQueue, retryAfter, shown } from './r19-echo.ts'

/** What no dispatch writes, but a person, a dump that was cut or a column that was too short may leave. */
const broken = [
  '',
  ' ',
  'null',
  '[]',
  '"Echo"',
  '{}',
  '{"uuid":"u"}',
  '{"job":"Echo"}',
  '{"uuid":"","job":"Echo"}',
  '{"uuid":7,"job":["Echo"],"data":{}}',
  '{"uuid":"u","job":"Echo","data":{"__proto__":{"isAdmin":true}}}',
  '{"uuid":"u","job":"Echo","data":{"\\u005f_proto__":1}}',
  `{"uuid":"${'u'.repeat(300)}","job":"Nobody"}`,
  '{"uuid":"ñ🛒","job":"Nobody","displayName":"\\ud800"}',
  '{"uuid":"u","job":"Illuminate\\\\Queue\\\\CallQueuedHandler@call","data":{"commandName":"Echo","command":"O:4:"}}',
  '[['.repeat(20_000),
  'a:1:{i:0;s:3:"php";}',
]

/** Rows that nobody can run stand among good ones: each fails alone, with its text as it was, and the good ones run. */
export async function tryBadRows(stage: Stage): Promise<Verdict> {
  const { loaded, database, context } = stage
  const { random } = context
  await using echo = echoQueue(stage)
  await echo.queue.push('Echo', { text: 'ñ 🛒', list: [1, 2, 3] })
  const [whole] = await echo.queue.jobs()
  const payload = whole?.payload ?? ''
  const truncated = Array.from({ length: 20 }, () => payload.slice(0, random.whole(1, payload.length - 1)))
  // A server's client refuses half a letter, and so does the table.
  const bad = [...broken, ...truncated.map((text) => text.toWellFormed())]
  await using connection = loaded.connect(database.place, { retryAfter })
  const good = 3
  for (const text of random.shuffle(bad)) {
    await connection.push([{ queue: 'default', payload: text, due: { inSeconds: 0 } }])
    await echo.queue.pushMany(
      loaded.index.defineJob<unknown>('Echo', {}, () => undefined),
      Array.from({ length: good }, () => 'good'),
    )
  }
  await echo.worker().run()

  const failed = await database.query('select payload from failed_jobs')
  const left = await database.query('select id from jobs')
  await database.query('delete from failed_jobs')
  const kept = failed.map((row) => String(row.payload)).sort()
  const expected = [...bad].sort()
  const missing = expected.filter((text) => !kept.includes(text))
  return {
    figures: { 'bad rows': bad.length },
    faults: bad.length,
    violations: [
      ...echo.errors.map((error) => `The worker met ${error}.`),
      ...missing.map((text) => `It was not kept as it was: ${shown(text)}.`),
      ...(kept.length === bad.length ? [] : [`${kept.length} of ${bad.length} bad rows failed.`]),
      ...(left.length === 0 ? [] : [`${left.length} jobs are left.`]),
      ...(echo.received.size === bad.length * good + 1 ? [] : [`${echo.received.size} good jobs ran.`]),
    ],
  }
}
