import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mariadbServer, postgresServer } from '../../../queue/test/support/servers.ts'
import { openCentral } from './open-central.ts'

const servers = [
  ['mysql', mariadbServer],
  ['postgres', postgresServer],
] as const

for (const [driver, server] of servers) {
  const skip = server === undefined
  const wrong = [
    ['a database that does not exist', { database: 'surtidor_nowhere' }, 'unknown_database'],
    ['a user that does not exist', { database: 'surtidor_nowhere', user: 'surtidor_nobody' }, 'wrong_credentials'],
    ['a port where nobody listens', { database: 'surtidor_nowhere', port: 1 }, 'unreachable'],
  ] as const
  for (const [title, change, problem] of wrong)
    test(`on ${driver}, ${title} is told with what to correct`, { skip }, async () => {
      const address = { ...(server ?? assert.fail('no server')).address, driver, ...change }

      await assert.rejects(openCentral(address), { code: 'DATABASE_UNUSABLE', problem })
    })
}
