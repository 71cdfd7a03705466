import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Locale } from '../../src/commands/index.ts'
import transcripts from '../support/laravel/console-transcripts.json' with { type: 'json' }
import { type Installed, installQueue } from '../support/queue-program.ts'

/**
 * What a real Laravel 11 wrote, and what we write in the same situation: line for line the same, but for times, durations
 * and ids, and for the differences that stand here as data, each with its reason.
 */
interface Situation {
  readonly prepare?: (installed: Installed) => Promise<unknown>
  readonly exit?: number
  /** Lines of Laravel, and what stands there with us. */
  readonly changed?: Readonly<Record<string, string>>
  /** Lines that only we have. */
  readonly added?: readonly string[]
  readonly because?: string
}

const uuid = '4d5c147d-78f8-47db-a5a9-5f18faabc4d0'
const failedJobs = async (installed: Installed) => {
  await installed.push('ProtectedPropsJob', { uuid })
  await installed.run(['queue:work', '--once', '--queue=default'])
}

const situations: Readonly<Record<string, Situation>> = {
  'queue:monitor default,alta --max=1': {
    prepare: async ({ push }) => {
      for (const queue of ['default', 'default', 'default', 'alta']) await push('CopyProductsToClientJob', { queue })
    },
    exit: 1,
    because: 'a script has to hear of an ALERT, and there is no event that a command could leave behind',
  },
  'queue:work --once': { prepare: ({ push }) => push('CopyProductsToClientJob') },
  'queue:work --stop-when-empty --queue=alta,default -v': {
    prepare: async ({ push }) => {
      await push('ProtectedPropsJob', { tries: 2, backoff: 60 })
      await push('CopyProductsToClientJob', { queue: 'alta' })
    },
  },
  'queue:failed': {},
  'queue:work --stop-when-empty --tries=1 --json': {
    prepare: async ({ push, run }) => {
      await push('ProtectedPropsJob', { uuid, tries: 2 })
      await run(['queue:work', '--once'])
    },
  },
  'queue:work --stop-when-empty --max-jobs=1': { prepare: ({ push }) => push('CopyProductsToClientJob') },
  'queue:work --stop-when-empty --tries=1 --timeout=5 -vvv': { prepare: ({ push }) => push('ProtectedPropsJob') },
  'queue:failed, with one': { prepare: failedJobs },
  'queue:retry 5': { exit: 1, because: 'an id that is not found is not done' },
  [`queue:retry ${uuid}`]: { prepare: failedJobs },
  'queue:retry all': {},
  'queue:forget nada': {},
  'queue:flush': { prepare: failedJobs },
  'queue:clear --queue=alta --force': { prepare: ({ push }) => push('CopyProductsToClientJob', { queue: 'alta' }) },
  'queue:clear --force': {
    prepare: async ({ push }) => {
      for (const delay of [0, 0, 60, 60]) await push('CopyProductsToClientJob', { delay })
    },
  },
  'queue:restart': {},
  'queue:prune-failed --hours=1': {},
  'queue:prune-batches': {},
  'queue:retry-batch nada': { added: [''], because: 'it ends after the error, where Laravel breaks' },
  'queue:listen --help': {},
  'queue:work --help': {
    changed: {
      '      --timeout[=TIMEOUT]  The number of seconds a child process can run [default: "60"]':
        '      --timeout[=TIMEOUT]  The number of seconds a job can run [default: "60"]',
    },
    added: [
      '  work',
      '      --stop-when-empty-for[=STOP-WHEN-EMPTY-FOR]  Stop when the queue has been empty for the given number of seconds [default: "0"]',
      '      --concurrency[=CONCURRENCY]  Number of jobs that run at the same time in this process [default: "1"]',
      '      --max-workers[=MAX-WORKERS]  Number of processes that work; with --stop-when-empty, of all that are alive at a time [default: "1"]',
    ],
    because:
      'it is the job that has the time; several jobs may run at once, in several processes; newer Laravels have --stop-when-empty-for',
  },
  'queue:retry --help': {
    added: [
      '      --job[=JOB]  Only those with this name of "queue:failed"',
      '      --dry-run  Say how many there would be, and do nothing',
    ],
    because: 'whoever mends the failures of one job leaves those of the others alone',
  },
  'list queue': {
    changed: {
      'Laravel Framework 11.33.2': 'Surtidor 1.2.3',
      '  queue:batches-table  Create a migration for the batches database table':
        '  queue:batches-table  Say how the job_batches table is made',
      '  queue:failed-table  Create a migration for the failed queue jobs database table':
        '  queue:failed-table  Say how the failed_jobs table is made',
      '  queue:table  Create a migration for the queue jobs database table':
        '  queue:table  Say how the jobs table is made',
    },
    added: [
      '  queue:continue  Resume job processing for a paused queue',
      '  queue:pause  Pause job processing for a specific queue',
      '  queue:resume  Resume job processing for a paused queue',
    ],
    because: 'the migrations are there; newer Laravels can pause',
  },
}

test('each situation of the transcripts is compared', () => {
  assert.deepEqual(transcripts.map(({ situation }) => situation).toSorted(), Object.keys(situations).toSorted())
})

for (const { situation: title, command, lines: theirs, exit } of transcripts) {
  const situation = situations[title] ?? {}
  const { changed = {}, added = [] } = situation

  test(`${title} writes what Laravel writes`, async () => {
    const { code, lines } = await runIn(situation, command, 'en')

    assert.equal(code, situation.exit ?? exit)
    const ours = lines.map(normalize)
    const expected = theirs.map(normalize).map((line) => changed[line] ?? line)
    assert.deepEqual(without(ours, added), expected)
  })

  test(`${title} has the same layout in Spanish`, async () => {
    const english = await runIn(situation, command, 'en')
    const spanish = await runIn(situation, command, 'es')

    assert.equal(spanish.code, english.code)
    assert.deepEqual(spanish.lines.map(layout), english.lines.map(layout))
  })
}

test('each difference from Laravel has a reason', () => {
  for (const [command, { exit, changed, added, because }] of Object.entries(situations)) {
    const differs = exit !== undefined || changed !== undefined || added !== undefined
    assert.equal(differs, because !== undefined, command)
  }
})

async function runIn({ prepare }: Situation, command: string, locale: Locale) {
  await using installed = await installQueue(locale)
  await prepare?.(installed)
  return await installed.run(command.split(' '))
}

/** Times, durations and ids away; of a line of dots the length that they fill together stays. */
function normalize(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'TIME')
    .replace(/((?: \d+)?) (\.+) ((?:[\d.,]+m?s )?)(?=(?:RUNNING|DONE|FAIL)$)/, (filled) => ` <${filled.length}> `)
    .replace(/"id":\d+/, '"id":ID')
    .replace(/"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"/, '"timestamp":TIME')
    .replace(/"duration":\d+(\.\d{1,6})?\}/, '"duration":DURATION}')
    .replace(/^( *\S.*?) {2,}(?=\S)/, '$1  ')
}

function without(lines: readonly string[], added: readonly string[]): readonly string[] {
  const left = [...lines]
  for (const line of added) {
    const index = left.lastIndexOf(line)
    assert.notEqual(index, -1, `${line} is not among\n${lines.join('\n')}`)
    left.splice(index, 1)
  }
  return left
}

/** What stays the same in another language: empty lines, indentation, the words of a table's first column, its width. */
function layout(line: string): string {
  if (line.startsWith('{')) return normalize(line)
  if (/ (RUNNING|DONE|FAIL)$/.test(line)) return normalize(line)
  if (/\.{5}/.test(line)) return `a line of ${line.length}`
  const [, option] = /^(\s+-\S*(?:, --\S+)?)/.exec(line) ?? []
  return option ?? /^\s*/.exec(line)?.[0] ?? ''
}
