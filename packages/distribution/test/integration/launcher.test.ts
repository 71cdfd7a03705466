import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { surtidor } from '../support/installation.ts'

const folder = mkdtempSync(join(tmpdir(), 'surtidor-launcher-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('it runs under the bare path of cron, from any folder and through a link', () => {
  const link = join(folder, 'enlace')
  symlinkSync(surtidor, link)

  const { status, stdout } = spawnSync(link, ['queue:failed'], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', APP_BASE_PATH: folder },
    encoding: 'utf8',
  })

  assert.equal(status, 0)
  assert.match(stdout, /No hay trabajos fallidos/)
})

test('without a Node of its own or of the system it says so in one sentence', () => {
  const lonely = join(folder, 'sin node')
  mkdirSync(lonely)
  copyFileSync(surtidor, join(lonely, 'surtidor'))
  const tools = join(folder, 'bin')
  mkdirSync(tools)
  for (const name of ['dirname', 'readlink']) symlinkSync(`/usr/bin/${name}`, join(tools, name))

  const { status, stderr } = spawnSync('/bin/sh', [join(lonely, 'surtidor'), 'migrate'], {
    env: { PATH: tools },
    encoding: 'utf8',
  })

  assert.equal(status, 1)
  assert.match(stderr, /^Surtidor necesita Node 24 [^\n]*\n$/)
})
