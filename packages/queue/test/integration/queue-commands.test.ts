import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Locale } from '../../src/commands/index.ts'
import { installQueue } from '../support/queue-program.ts'

const uuid = '4d5c147d-78f8-47db-a5a9-5f18faabc4d0'

for (const [words, code, sentence] of [
  [['queue:retry', '--range=1-5'], 2, /--range=1-5 cannot be used: failed jobs have uuids/],
  [['queue:retry'], 2, /Say which/],
  [['queue:retry', 'u1', '--job=Un'], 2, /not both/],
  [['queue:retry', 'u1', '--dry-run'], 2, /not both/],
  [['queue:flush', '--hours=1', '--job=Un'], 2, /--hours does not go with/],
  [['queue:flush', '--hours=1', '--dry-run'], 2, /--hours does not go with/],
  [['queue:work', '--delay=-1'], 2, /--delay=-1 cannot be used/],
  [['queue:work', '--stop-when-empty-for=x'], 2, /--stop-when-empty-for=x cannot be used/],
  [['queue:monitor'], 2, /queues is missing/],
  [['queue:monitor', 'default,,alta'], 2, /"default,,alta" cannot be used: give 1 to 100 queues/],
  [['queue:monitor', Array.from({ length: 101 }, (_, index) => `q${index}`).join(',')], 2, /give 1 to 100 queues/],
  [['queue:monitor', 'default', '--max=x'], 2, /--max=x cannot be used/],
  [['queue:monitor', 'redis:default'], 1, /There is no connection "redis"/],
  [['queue:prune-failed', '--hours=1.5'], 2, /--hours=1.5 cannot be used: give a whole number/],
  [['queue:prune-batches', '--unfinished=9999999'], 2, /--unfinished=9999999 cannot be used/],
  [['queue:retry-batch'], 2, /id is missing/],
  [['queue:listen', 'redis'], 1, /There is no connection "redis"/],
  [['queue:listen', '--backoff=1,x'], 2, /--backoff=1,x cannot be used/],
  [['queue:listen', '--queue='], 2, /--queue= cannot be used/],
  [['queue:listen', '--once'], 2, /There is no option --once/],
] as const) {
  test(`${words.join(' ').slice(0, 60)} is refused with a sentence, exit ${code}`, async () => {
    await using installed = await installQueue()

    const finished = await installed.run(words)

    assert.equal(finished.code, code)
    assert.match(finished.errors.join('\n'), sentence)
    assert.deepEqual(finished.output, [])
  })
}

test('queue:failed --json is a list that other programs can read, newest first', async () => {
  await using installed = await installQueue()
  assert.deepEqual(JSON.parse((await installed.run(['queue:failed', '--json'])).output.join('\n')), [])
  for (const id of ['u1', 'u2', 'u3']) await installed.push('ProtectedPropsJob', { uuid: id })
  await installed.run(['queue:work', '--stop-when-empty'])

  const { code, output } = await installed.run(['queue:failed', '--json'])

  const [first, ...others] = JSON.parse(output.join('\n'))
  assert.equal(code, 0)
  assert.deepEqual(
    { ...first, failed_at: '' },
    { id: 'u3', connection: 'database', queue: 'default', class: 'App\\Jobs\\ProtectedPropsJob', failed_at: '' },
  )
  assert.match(first.failed_at, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  assert.deepEqual(
    others.map(({ id }: { id: string }) => id),
    ['u2', 'u1'],
  )
})

test('queue:failed -v tells the cause of each', async () => {
  await using installed = await installQueue()
  for (const id of ['u1', 'u2']) await installed.push('ProtectedPropsJob', { uuid: id })
  await installed.run(['queue:work', '--stop-when-empty'])

  const { lines } = await installed.run(['queue:failed', '-v'])

  const cause = '    RuntimeException: No se pudo conectar a la tienda ñ 2'
  assert.match(lines[1] ?? '', / u2 \.+ database@default App\\Jobs\\ProtectedPropsJob/)
  assert.deepEqual([lines.length, lines[2], lines[4]], [6, cause, cause])
})

describe('queue:work', () => {
  for (const [options, seconds] of [
    [['--delay=50'], 50],
    [['--delay=50', '--backoff=90'], 90],
    [['--delay=50', '--backoff=10,90'], 50],
  ] as const) {
    test(`${options.join(' ')} releases for ${seconds} seconds, the longer of both`, async () => {
      await using installed = await installQueue()
      await installed.push('ProtectedPropsJob')

      await installed.run(['queue:work', '--once', '--tries=2', ...options])

      const [job] = await installed.queue.jobs()
      const delay = (job?.availableAt ?? 0) - Math.floor(Date.now() / 1000)
      assert.ok(Math.abs(delay - seconds) <= 2, `released for ${delay} seconds`)
    })
  }

  test('takes the options that do nothing here', async () => {
    await using installed = await installQueue()

    const words = ['queue:work', '--name=uno', '--daemon', '--force', '--stop-when-empty', 'database']
    assert.deepEqual(await installed.run(words), { code: 0, output: [], errors: [], lines: [] })
  })

  test('says with -v that it ends for its memory, and else nothing', async () => {
    await using installed = await installQueue()
    await installed.push('CopyProductsToClientJob')
    await installed.push('CopyProductsToClientJob')

    const told = await installed.run(['queue:work', '--memory=1', '-v'])
    const quiet = await installed.run(['queue:work', '--memory=1'])

    assert.deepEqual([told.code, quiet.code], [12, 12])
    assert.match(told.output.join('\n'), /passed its memory limit \(--memory\) and ends with 12/)
    assert.doesNotMatch(quiet.output.join('\n'), /memory/)
  })

  test('--stop-when-empty-for ends it once no job came for so long', async () => {
    await using installed = await installQueue()
    await installed.push('CopyProductsToClientJob')

    const { code, output } = await installed.run(['queue:work', '--stop-when-empty-for=1'])

    assert.deepEqual([code, output.length], [0, 2])
  })

  test('--json says that a job was released, by itself or after an error, and that it succeeded', async () => {
    await using installed = await installQueue()
    await installed.push('ProtectedPropsJob', { tries: 2, backoff: 60 })
    await installed.push('CopyProductsToClientJob', { queue: 'copias' })

    const { output } = await installed.run(['queue:work', '--stop-when-empty', '--json', '--queue=copias,default'])

    const entries = output.map((line) => JSON.parse(line))
    assert.deepEqual(
      entries.map(({ level, queue, status, result, exception }) => [level, queue, status, result, exception]),
      [
        ['info', 'copias', 'starting', undefined, undefined],
        ['info', 'copias', 'success', 'deleted', undefined],
        ['info', 'default', 'starting', undefined, undefined],
        ['warning', 'default', 'released_after_exception', 'released', 'RuntimeException'],
      ],
    )
  })

  test('--quiet says nothing', async () => {
    await using installed = await installQueue()
    await installed.push('CopyProductsToClientJob')

    const { output } = await installed.run(['queue:work', '--stop-when-empty', '-q'])

    assert.deepEqual([output, await installed.queue.jobs()], [[], []])
  })
})

describe('who mends the failures of one job leaves those of the others alone', () => {
  const mine = '--job=App\\Jobs\\ProtectedPropsJob'

  test('queue:flush --job deletes those with the name, and says first how many they are', async () => {
    await using installed = await withFailures()

    const before = await installed.run(['queue:flush', mine, '--dry-run'])
    const untouched = await installed.queue.countFailed()
    const done = await installed.run(['queue:flush', mine])

    assert.match(before.output.join('\n'), /It would be 2 failed jobs\./)
    assert.equal(untouched, 3)
    assert.match(done.output.join('\n'), /2 failed jobs deleted successfully\./)
    assert.deepEqual(await installed.queue.failedUuids(), ['other'])
  })

  test('queue:flush --queue deletes those of the queue', async () => {
    await using installed = await withFailures()

    const none = await installed.run(['queue:flush', '--queue=alta'])
    const done = await installed.run(['queue:flush', '--queue=default', mine])

    assert.match(none.output.join('\n'), /0 failed jobs deleted/)
    assert.match(done.output.join('\n'), /2 failed jobs deleted/)
  })

  test('queue:retry all --job puts back those with the name, oldest first, and tells how many first', async () => {
    await using installed = await withFailures()

    const before = await installed.run(['queue:retry', 'all', mine, '--dry-run'])
    const untouched = await installed.queue.jobs()
    const done = await installed.run(['queue:retry', mine])

    assert.match(before.output.join('\n'), /It would be 2 failed jobs\./)
    assert.deepEqual(untouched, [])
    assert.deepEqual(
      [...done.output.join('\n').matchAll(/(u\d) .*DONE/g)].map(([, id]) => id),
      ['u1', 'u2'],
    )
    assert.deepEqual(await installed.queue.failedUuids(), ['other'])
  })

  async function withFailures() {
    const installed = await installQueue()
    await installed.push('ProtectedPropsJob', { uuid: 'u1' })
    await installed.queue.push('unknown job', {}, { uuid: 'other' })
    await installed.push('ProtectedPropsJob', { uuid: 'u2' })
    await installed.run(['queue:work', '--stop-when-empty'])
    return installed
  }
})

describe('queue:retry-batch', () => {
  test('retries the failed jobs of its batch and no others', async () => {
    await using installed = await withBatch(`["${uuid}"]`)
    await installed.push('ProtectedPropsJob', { uuid: 'other' })
    await installed.run(['queue:work', '--stop-when-empty'])

    const { code, lines } = await installed.run(['queue:retry-batch', 'lote'])

    assert.equal(code, 0)
    assert.deepEqual(lines.slice(0, 5), [
      '',
      '   INFO  Pushing failed batch jobs back onto the queue.  ',
      '',
      '   INFO  Pushing failed queue jobs of the batch [lote] back onto the queue.  ',
      '',
    ])
    assert.match(lines[5] ?? '', new RegExp(`^  ${uuid} \\.+ [\\d.]+ms DONE$`))
    assert.deepEqual(lines.slice(6), [''])
    assert.deepEqual(await installed.queue.failedUuids(), ['other'])
  })

  test('says FAIL and exits 1 when a job is not there any more', async () => {
    await using installed = await withBatch(`["gone","${uuid}"]`)

    const { code, lines } = await installed.run(['queue:retry-batch', 'lote'])

    assert.equal(code, 1)
    assert.match(lines.join('\n'), /gone \.+ [\d.]+ms FAIL\n.* [\d.]+ms DONE\n/)
  })

  test('goes on with the next batch after one that is not there', async () => {
    await using installed = await withBatch(`["${uuid}"]`)

    const { code, lines } = await installed.run(['queue:retry-batch', 'nada', 'lote'])

    assert.equal(code, 1)
    assert.match(lines.join('\n'), /Unable to find a batch with ID \[nada\]\..* DONE/s)
  })

  for (const [ids, sentence] of [
    ['[]', /The given batch does not contain any failed jobs/],
    ['nada', /failed_job_ids of the batch "lote" are no list/],
  ] as const) {
    test(`says so when its failed jobs are ${ids}, exit 1`, async () => {
      await using installed = await withBatch(ids)

      const { code, errors } = await installed.run(['queue:retry-batch', 'lote'])

      assert.equal(code, 1)
      assert.match(errors.join('\n'), sentence)
    })
  }
})

test('queue:prune-batches prunes the kinds whose hours are given', async () => {
  await using installed = await withBatch('[]')

  const finishedOnly = await installed.run(['queue:prune-batches'])
  const all = await installed.run(['queue:prune-batches', '--hours=48', '--unfinished=72', '--cancelled=72'])

  assert.deepEqual(finishedOnly.lines, ['', '   INFO  0 entries deleted.  ', ''])
  assert.deepEqual(all.lines, [
    '',
    '   INFO  0 entries deleted.  ',
    '',
    '   INFO  1 unfinished entries deleted.  ',
    '',
    '   INFO  0 cancelled entries deleted.  ',
    '',
  ])
})

test('queue:prune-failed keeps the hours that are asked for, a day by itself', async () => {
  await using installed = await installQueue()
  await installed.push('ProtectedPropsJob')
  await installed.run(['queue:work', '--stop-when-empty'])
  await installed.opened.passTime(25 * 3600)

  assert.match((await installed.run(['queue:prune-failed', '--hours=48'])).output.join(), /0 entries deleted/)
  assert.match((await installed.run(['queue:prune-failed'])).output.join(), /1 entries deleted/)

  assert.equal(await installed.queue.countFailed(), 0)
})

describe('queue:monitor', () => {
  test('is OK below its limit, and exits 0', async () => {
    await using installed = await installQueue()
    await installed.push('CopyProductsToClientJob')

    const { code, lines } = await installed.run(['queue:monitor', 'default,database:a:b', '--max=2'])

    assert.equal(code, 0)
    assert.match(lines[2] ?? '', /^ {2}\[database\] default \.+ \[1\] OK {2}$/)
    assert.match(lines[3] ?? '', /^ {2}\[database\] a:b \.+ \[0\] OK {2}$/)
  })

  test('--json says what waits, runs and is late', async () => {
    await using installed = await installQueue()
    for (const delay of [0, 60]) await installed.push('CopyProductsToClientJob', { delay })

    const { code, output } = await installed.run(['queue:monitor', 'default', '--max=2', '--json'])

    const [state] = JSON.parse(output.join('\n'))
    assert.equal(code, 1)
    const { oldest_pending: oldest, ...rest } = state
    assert.deepEqual(rest, {
      connection: 'database',
      queue: 'default',
      size: 2,
      pending: 1,
      delayed: 1,
      reserved: 0,
      status: 'ALERT',
      paused: false,
    })
    assert.ok(Math.abs(oldest - Date.now() / 1000) < 60)
  })
})

for (const [word, table] of [
  ['queue:table', 'jobs'],
  ['make:queue-table', 'jobs'],
  ['queue:failed-table', 'failed_jobs'],
  ['make:queue-failed-table', 'failed_jobs'],
  ['queue:batches-table', 'job_batches'],
  ['make:queue-batches-table', 'job_batches'],
] as const) {
  test(`${word} says that the tables come with migrate`, async () => {
    await using installed = await installQueue()

    const { code, output } = await installed.run([word])

    assert.equal(code, 0)
    assert.match(output.join('\n'), new RegExp(`\\[${table}\\] needs no migration of yours: "migrate"`))
  })
}

for (const [locale, title, heading, summary] of [
  ['en', 'Available commands for the "queue" namespace:', 'Description:', 'Listen to a given queue'],
  ['es', 'Órdenes del grupo «queue»:', 'Descripción:', 'Procesa cada trabajo en un proceso nuevo'],
] as const satisfies readonly (readonly [Locale, string, string, string])[]) {
  test(`the list and the help are in the language of the program: ${locale}`, async () => {
    await using installed = await installQueue(locale)

    const list = (await installed.run(['list', 'queue'])).lines
    const help = (await installed.run(['queue:listen', '--help'])).lines

    assert.ok(list.includes(title))
    assert.ok(list.includes(`  queue:listen         ${summary}`))
    assert.deepEqual(help.slice(0, 2), [heading, `  ${summary}`])
  })
}

async function withBatch(failedJobIds: string) {
  const installed = await installQueue()
  const created = Math.floor(Date.now() / 1000) - 100 * 3600
  await installed.opened.execute?.(
    `insert into job_batches (id, name, total_jobs, pending_jobs, failed_jobs, failed_job_ids, created_at)
     values ('lote', '', 1, 1, 1, '${failedJobIds}', ${created})`,
  )
  await installed.push('ProtectedPropsJob', { uuid })
  await installed.run(['queue:work', '--stop-when-empty'])
  return installed
}
