import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mariadbServer, postgresServer } from '../../../queue/test/support/servers.ts'
import { Installation } from '../support/installation.ts'

const servers = [
  { connection: 'mariadb', server: mariadbServer },
  { connection: 'pgsql', server: postgresServer },
] as const

for (const { connection, server } of servers)
  test(`a ${connection} server that lets nobody work is one sentence that names what to look at`, {
    skip: server === undefined,
  }, async () => {
    await using database = (await server?.createDatabase()) ?? assert.fail('no server')
    const { host, port, user, password, database: name } = database.settings
    const right = {
      DB_CONNECTION: connection,
      DB_HOST: host,
      DB_PORT: String(port),
      DB_DATABASE: name,
      DB_USERNAME: user,
      DB_PASSWORD: password,
    }

    const refused = /^El servidor \S+ no deja entrar al usuario «\S+»\. .*DB_USERNAME y DB_PASSWORD en \.env\.\n$/
    for (const [wrong, expected] of [
      [{ DB_PORT: '1' }, /^Nadie responde en \S+:1\. .*DB_HOST y DB_PORT en \.env\.\n$/],
      [
        { DB_DATABASE: 'no_such' },
        /^En el servidor \S+ no existe la base de datos «no_such»\. .*DB_DATABASE en \.env\.\n$/,
      ],
      [{ DB_USERNAME: 'nobody_here', DB_PASSWORD: 'hunter2' }, refused],
      // Only where the server asks for one.
      ...(password === '' ? [] : [[{ DB_PASSWORD: '' }, refused] as const]),
    ] as const) {
      using installation = new Installation({ ...right, ...wrong })
      for (const command of ['migrate', 'copy:status']) {
        const { code, output, errors } = await installation.run(command)

        assert.deepEqual([code, output], [1, ''])
        assert.match(errors, expected)
      }
    }
  })
