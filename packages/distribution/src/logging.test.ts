import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { logDefect, openLog, UnwritableLogError } from './logging.ts'

const inTheWay: Readonly<Record<string, (folder: string) => void>> = {
  'a file called storage': (folder) => writeFileSync(join(folder, 'storage'), ''),
  'a file called storage/logs': (folder) => {
    mkdirSync(join(folder, 'storage'))
    writeFileSync(join(folder, 'storage/logs'), '')
  },
  'a folder called surtidor.log': (folder) => mkdirSync(join(folder, 'storage/logs/surtidor.log'), { recursive: true }),
}

for (const [title, put] of Object.entries(inTheWay)) {
  test(`${title} is refused with the path of the log`, (t) => {
    const folder = newFolder(t)
    put(folder)

    assert.throws(
      () => openLog(readConfig({}, folder)),
      (error) => {
        assert.ok(error instanceof UnwritableLogError)
        assert.equal(error.code, 'UNWRITABLE_LOG')
        assert.ok(error.text.es.includes(join(folder, 'storage/logs/surtidor.log')))
        return true
      },
    )
  })
}

test('writing to a full disk throws nothing, however often', (t) => {
  const folder = newFolder(t)
  mkdirSync(join(folder, 'storage/logs'), { recursive: true })
  symlinkSync('/dev/full', join(folder, 'storage/logs/surtidor.log'))
  const said = t.mock.method(process.stderr, 'write', () => true)

  const log = openLog(readConfig({}, folder))
  for (let line = 0; line < 3; line += 1) log.info('x'.repeat(1_000_000))
  log.flush()

  assert.equal(said.mock.callCount(), 1)
  assert.match(String(said.mock.calls[0]?.arguments[0]), /surtidor\.log \(ENOSPC/)
})

test('a defect whose detail cannot be kept is told and not thrown', (t) => {
  const folder = newFolder(t)
  writeFileSync(join(folder, 'storage'), '')
  const said = t.mock.method(process.stderr, 'write', () => true)

  logDefect(readConfig({}, folder), new TypeError('x is not a function'))

  assert.match(String(said.mock.calls[0]?.arguments[0]), /^No se puede escribir el registro /)
})

test('a line is on disk when the call returns', (t) => {
  const config = readConfig({}, newFolder(t))

  openLog(config).info({ event: 'started' }, 'empieza')

  assert.match(readFileSync(config.logFile, 'utf8'), /"event":"started","msg":"empieza"}\n$/)
})

test('an error of a database is logged without the values of its statement', (t) => {
  const config = readConfig({}, newFolder(t))
  const facts = {
    code: 'ER_LOCK_DEADLOCK',
    sql: "update users set email = 'ana@x.co'",
    detail: 'Key (email)=(ana@x.co)',
  }

  openLog(config).error({ err: Object.assign(new Error('Deadlock found'), facts) }, 'request failed')

  const line = readFileSync(config.logFile, 'utf8')
  assert.match(line, /"message":"Deadlock found","stack":"Error: Deadlock found.*"code":"ER_LOCK_DEADLOCK"/)
  assert.doesNotMatch(line, /ana@x\.co/)
})

function newFolder(t: { after(clean: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'surtidor-log-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
