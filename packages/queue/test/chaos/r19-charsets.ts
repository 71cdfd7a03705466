import { joined } from './harness/joined.ts'
import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { echoQueue, refusalOf } from './r19-echo.ts'

/** Tables of an older application, and which of these texts they hold. */
const charsets = {
  latin1: ['plain', 'ñ €'],
  utf8mb3: ['plain', 'ñ €', 'שלום'],
  utf8mb4: ['plain', 'ñ €', 'שלום', '🛒'],
}

const texts = charsets.utf8mb4

/** A text is stored as it is, or refused with a sentence; a failure is recorded whatever letters it has. */
export async function tryCharsets(stage: Stage): Promise<Verdict> {
  // The other databases have one charset for all tables, and it is UTF-8.
  const all = stage.context.driver === 'mariadb' ? Object.entries(charsets) : []
  const verdicts: Verdict[] = []
  for (const [charset, held] of all) {
    const verdict = await tryCharset(stage, charset, held)
    verdicts.push(verdict)
    if (verdict.violations.length > 0) break
  }
  return joined(verdicts)
}

async function tryCharset(stage: Stage, charset: string, held: readonly string[]): Promise<Verdict> {
  const { database } = stage
  const convert = (table: string, to: string) => database.query(`alter table ${table} convert to character set ${to}`)
  const violations: string[] = []
  await using echo = echoQueue(stage)
  for (const table of ['jobs', 'failed_jobs']) await convert(table, charset)
  for (const text of texts) {
    const refusal = await refusalOf(echo.queue.push('Echo', text, { uuid: `e-${texts.indexOf(text)}` }))
    if (refusal !== (held.includes(text) ? undefined : 'DATABASE_UNUSABLE'))
      violations.push(`${text} for a table in ${charset}: ${refusal ?? 'accepted'}.`)
  }
  // What was dispatched while only the other table held less.
  await convert('jobs', 'utf8mb4')
  for (const text of texts) await echo.queue.push('Throw', text, { uuid: `t-${texts.indexOf(text)}` })
  await echo.worker().run()

  const wrong = held.filter((text) => echo.received.get(`e-${texts.indexOf(text)}`) !== text)
  const failed = await echo.queue.failed()
  const isReadable = (index: number, text: string) =>
    failed.some(({ uuid, payload }) => uuid === `t-${index}` && JSON.parse(payload).data === text)
  await database.query('delete from failed_jobs')
  return {
    figures: { charsets: 1 },
    faults: 1,
    violations: [
      ...violations,
      ...wrong.map((text) => `${text} in ${charset} came as ${echo.received.get(`e-${texts.indexOf(text)}`)}.`),
      ...texts
        .filter((text, index) => !isReadable(index, text))
        .map((text) => `The failure of ${text} was not recorded in ${charset}.`),
    ],
  }
}
