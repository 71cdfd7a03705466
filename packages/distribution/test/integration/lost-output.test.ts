import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Installation, surtidor } from '../support/installation.ts'

test('a worker whose reader goes away finishes its jobs and ends with its own exit code', async () => {
  using installation = await withWaitingCopy()

  const { code } = shell(installation, '{ ./surtidor queue:work --stop-when-empty; echo $? > code; } | true')

  assert.equal(code, 0)
  assert.deepEqual(states(installation), ['completed'])
})

test('a worker whose output goes to a full disk finishes its jobs, says so once and exits 1', async () => {
  using installation = await withWaitingCopy()

  const { code, errors } = shell(installation, './surtidor queue:work --stop-when-empty > /dev/full; echo $? > code')

  assert.equal(code, 1)
  assert.deepEqual(states(installation), ['completed'])
  assert.match(errors, /^La salida de la orden se perdió[^\n]*ENOSPC[^\n]*\n$/)
})

for (const [title, line, expected] of [
  ['a check that found something, without a reader', '{ ./surtidor copy:verify --all; echo $? > code; } | true', 1],
  ['wrong usage, without a reader', '{ ./surtidor queue:nada; echo $? > code; } 2>&1 | true', 2],
  ['wrong usage, with its sentence on a full disk', './surtidor queue:nada 2> /dev/full; echo $? > code', 2],
  ['a list without a reader', '{ ./surtidor list; echo $? > code; } | true', 0],
  ['a list on a full disk', './surtidor list > /dev/full; echo $? > code', 1],
  ['both on a full disk', './surtidor list > /dev/full 2>&1; echo $? > code', 1],
] as const) {
  test(`${title} exits ${expected}`, async () => {
    using installation = await withWaitingCopy()

    const { code, errors } = shell(installation, line)

    assert.equal(code, expected)
    assert.doesNotMatch(errors, /^\s+at /m)
  })
}

test('a full disk under the log ends no worker', async () => {
  using installation = await withWaitingCopy()
  shell(installation, 'rm storage/logs/surtidor.log && ln -s /dev/full storage/logs/surtidor.log; echo $? > code')

  const worked = await installation.run('queue:work', '--stop-when-empty')

  assert.equal(worked.code, 0, worked.errors)
  assert.deepEqual(states(installation), ['completed'])
  assert.match(worked.errors, /^No se puede escribir el registro [^\n]*ENOSPC[^\n]*\n$/)
})

async function withWaitingCopy(): Promise<Installation> {
  const installation = new Installation()
  symlinkSync(surtidor, installation.path('surtidor'))
  writeFileSync(installation.path('lista.csv'), 'codigo;descripcion;costo\n100;ARROZ;2500\n101;PANELA;4300\n')
  await installation.run('catalog:import', 'lista.csv')
  await installation.run('store:create', '--name=La 45', '--identification=12345678', '--email=a@example.co')
  return installation
}

/** Runs a line that writes an exit code to the file `code`. */
function shell(installation: Installation, line: string) {
  const { stderr } = spawnSync('/bin/sh', ['-c', line], {
    cwd: installation.folder,
    env: { PATH: process.env.PATH, APP_BASE_PATH: installation.folder },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { code: Number(readFileSync(installation.path('code'), 'utf8')), errors: stderr }
}

function states(installation: Installation): readonly unknown[] {
  return installation.central('select state from copy_runs').map(({ state }) => state)
}
