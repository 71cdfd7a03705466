import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Installation, surtidor } from '../support/installation.ts'

const root = dirname(surtidor)

/** What cron gives a command: nothing of the user's own shell. */
const cronPath = '/usr/bin:/bin'

for (const document of ['docs/es/cron.md', 'docs/en/cron.md']) {
  test(`the commands of ${document} run as cron runs them, and the tables can be read`, async () => {
    using installation = new Installation()
    symlinkSync(surtidor, installation.path('surtidor'))
    for (const words of [
      ['catalog:generate', installation.path('a.csv'), '--products=60'],
      ['catalog:import', installation.path('a.csv')],
    ])
      assert.equal((await installation.run(...words)).code, 0)

    for (const command of commandsOf(document)) {
      const { status, stdout, stderr } = asCron(command, installation.folder)
      assert.equal(status, 0, `${command}\n${stdout}${stderr}`)
    }

    const [, sql = ''] = /^```sql\n([\s\S]*?)^```/m.exec(read(document)) ?? []
    for (const statement of sql.trim().split('\n')) assert.deepEqual(installation.central(statement), [])
  })

  test(`the first cron line of ${document} is the command of its table, and each works from the user's own folder`, () => {
    using installation = new Installation()
    symlinkSync(surtidor, installation.path('surtidor'))
    const lines = [...read(document).matchAll(/^\* \* \* \* \* (.+)$/gm)].map(([, line = '']) => line)
    const [, field] = /\| \*\*Command\*\* \| `(.+)` \|/.exec(read(document)) ?? []

    assert.equal(lines[0], field)
    for (const line of lines) {
      const command = line.replace(/cd \S+/, `cd ${installation.folder}`)
      const { status } = asCron(`mkdir -p storage/logs && cd / && ${command}`, installation.folder)
      assert.equal(status, 0, line)
    }
  })
}

function commandsOf(document: string): readonly string[] {
  const blocks = read(document).matchAll(/^```sh\n([\s\S]*?)^```/gm)
  return [...blocks].flatMap(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('#')),
  )
}

function asCron(command: string, folder: string) {
  const environment = [`HOME=${folder}`, 'SHELL=/bin/sh', `PATH=${cronPath}`, `APP_BASE_PATH=${folder}`]
  return spawnSync('env', ['-i', ...environment, '/bin/sh', '-c', command], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  })
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
