import { privateMariadb } from '../support/private-servers.ts'
import { joined } from './harness/joined.ts'
import type { DriverName, Verdict } from './harness/scenario.ts'
import { openStage, type Stage } from './harness/stage.ts'
import { echoQueue } from './r19-echo.ts'

const megabyte = 1_000_000
const sizes = [17 * megabyte, 70 * megabyte] as const

/** A text of so many letters, made by the database. */
const repeated: Readonly<Record<DriverName, (length: number) => string>> = {
  sqlite: (length) => `replace(hex(zeroblob(${length / 2})), '00', 'ab')`,
  mariadb: (length) => `repeat('a', ${length})`,
  postgres: (length) => `repeat('a', ${length})`,
}

/** What the servers of MariaDB take at once by default. */
const usualPacket = 16_777_216

/** Rows that are larger than any statement may be. */
export async function tryLargeRows(stage: Stage): Promise<Verdict> {
  const { context } = stage
  if (context.size.large !== 1) return joined([])
  if (context.driver !== 'mariadb') return await workThrough(stage)
  if (!privateMariadb) return { ...joined([]), untried: ['Large rows: the programs of MariaDB are missing.'] }
  const options = ['--max-allowed-packet=128M', '--innodb-log-file-size=1G']
  await using server = await privateMariadb.launch({ options })
  await using apart = await openStage(context, server)
  return await workThrough(apart, () => server.query(`set global max_allowed_packet = ${usualPacket}`))
}

/** Of each size one that can be run and one that cannot, and a small job behind them. */
async function workThrough(stage: Stage, afterInserts?: () => Promise<unknown>): Promise<Verdict> {
  const { database, context } = stage
  for (const length of sizes) {
    const text = repeated[context.driver](length)
    await insert(stage, text)
    await insert(stage, concatenated(context.driver, [`'{"uuid":"${length}","job":"Echo","data":"'`, text, `'"}'`]))
    await insert(stage, concatenated(context.driver, [`'{"uuid":"t${length}","job":"Throw","data":"'`, text, `'"}'`]))
  }
  await afterInserts?.()
  await using echo = echoQueue(stage)
  await echo.queue.push('Echo', 'small')
  await echo.worker().run()

  const kept = await database.query('select length(payload) as bytes from failed_jobs order by 1')
  const left = await database.query('select id from jobs')
  const lengths = [...echo.received.values()].map((text) => String(text).length).sort((a, b) => a - b)
  return {
    // A slow machine may take longer for so many megabytes than a statement has; then they are claimed again.
    figures: { 'large rows': sizes.length * 3, 'errors with large rows': echo.errors.length },
    faults: sizes.length * 3,
    violations: [
      ...(lengths.join() === ['small'.length, ...sizes].join() ? [] : [`Jobs of ${lengths} letters ran.`]),
      ...(kept.length === sizes.length * 2 ? [] : [`${kept.length} of ${sizes.length * 2} large rows failed.`]),
      ...(kept.every(({ bytes }) => Number(bytes) >= sizes[0]) ? [] : ['A large row was cut.']),
      ...(left.length === 0 ? [] : [`${left.length} jobs are left behind large rows.`]),
    ],
  }
}

function concatenated(driver: DriverName, parts: readonly string[]): string {
  return driver === 'mariadb' ? `concat(${parts.join(', ')})` : parts.join(' || ')
}

async function insert({ database }: Stage, payload: string): Promise<void> {
  await database.query(
    `insert into jobs (queue, attempts, available_at, created_at, payload) values ('default', 0, 0, 0, ${payload})`,
  )
}
