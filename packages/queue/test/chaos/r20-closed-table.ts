import type { DriverName, Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { failingQueue, lookInTheEnd, setOut } from './r20-stage.ts'

/** What may be the matter with `failed_jobs`, and how it is mended. */
export const closures = ['missing', 'read-only'] as const

export type Closure = (typeof closures)[number]

interface Statements {
  readonly close: readonly string[]
  readonly open: readonly string[]
}

const triggers: Readonly<Record<DriverName, Statements>> = {
  sqlite: {
    close: [
      `create trigger closed before insert on failed_jobs begin select raise(abort, 'It may only be read.'); end`,
    ],
    open: ['drop trigger closed'],
  },
  mariadb: {
    close: [
      `create trigger closed before insert on failed_jobs for each row
       signal sqlstate '45000' set message_text = 'It may only be read.'`,
    ],
    open: ['drop trigger closed'],
  },
  postgres: {
    close: [
      `create or replace function closed() returns trigger language plpgsql as
       $$ begin raise exception 'It may only be read.'; end $$`,
      'create trigger closed before insert on failed_jobs for each row execute function closed()',
    ],
    open: ['drop trigger closed on failed_jobs'],
  },
}

function statementsOf(closure: Closure, driver: DriverName): Statements {
  if (closure === 'read-only') return triggers[driver]
  return {
    close: ['alter table failed_jobs rename to failures'],
    open: ['alter table failures rename to failed_jobs'],
  }
}

/** A job that cannot be recorded stays in `jobs` and does not run again; it is recorded once the table is mended. */
export async function waitForTable(stage: Stage, closure: Closure): Promise<Verdict> {
  const { database, context } = stage
  const { close, open } = statementsOf(closure, context.driver)
  await using failing = failingQueue(stage, () => new Error('It fails.'))
  await setOut(stage, failing.queue, 'nothing')
  let errors = 0
  failing.queue.on('workerError', () => {
    errors += 1
  })

  for (const sql of close) await database.query(sql)
  await failing.queue.worker({ stopWhenEmpty: true, memory: 0 }).run()
  const kept = await database.query('select attempts from jobs')
  for (const sql of open) await database.query(sql)
  // As if so much time had passed: neither the delay of its release nor a reservation holds it back.
  await database.query('update jobs set available_at = available_at - 1000, reserved_at = reserved_at - 1000')
  await failing.queue.worker({ stopWhenEmpty: true, memory: 0 }).run()

  const problems = [
    ...(kept.length === 1 && Number(kept[0]?.attempts) === 1 ? [] : ['the job was not kept']),
    ...(failing.runs() === 1 ? [] : [`its handler ran ${failing.runs()} times`]),
    ...(errors > 0 ? [] : ['nobody was told']),
    ...(await lookInTheEnd(stage, 'nothing')),
  ]
  return {
    figures: { waited: 1 },
    faults: errors,
    violations: problems.map((problem) => `With failed_jobs ${closure}: ${problem}.`),
  }
}
