import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mysqlAddressOf, postgresAddressOf } from '../../src/connections/address.ts'
import { mysql } from '../../src/connections/mysql.ts'
import { postgres } from '../../src/connections/postgres.ts'
import { InvalidOptionError } from '../../src/errors.ts'

test('a URL says where the server is and who we are', () => {
  assert.deepEqual(mysqlAddressOf('mariadb://app%40shop:100%25%20safe@db.example:3307/my%20shop'), {
    host: 'db.example',
    port: 3307,
    user: 'app@shop',
    password: '100% safe',
    database: 'my shop',
  })
})

test('an IPv6 address comes without its brackets', () => {
  assert.equal(postgresAddressOf('postgresql://app@[::1]:5432/shop').host, '::1')
})

test('the TLS that a URL of PostgreSQL asks for is that of the client', () => {
  const ssl = (mode: string) => postgresAddressOf(`postgres://app@db.example/shop?sslmode=${mode}`).ssl

  assert.equal(ssl('disable'), false)
  assert.deepEqual(ssl('require'), { rejectUnauthorized: false })
  assert.deepEqual(ssl('verify-full'), { rejectUnauthorized: true })
})

test('the TLS that a URL of MySQL asks for is that of the client', () => {
  const ssl = (parameter: string) => mysqlAddressOf(`mysql://app@db.example/shop?${parameter}`).ssl
  const verified = { rejectUnauthorized: true, verifyIdentity: true }

  assert.equal(ssl('ssl-mode=DISABLED'), undefined)
  assert.deepEqual(ssl('ssl-mode=REQUIRED'), { rejectUnauthorized: false })
  assert.deepEqual(ssl('ssl-mode=VERIFY_IDENTITY'), verified)
  assert.deepEqual(ssl('ssl=true'), verified)
})

test('a URL that cannot be followed to the letter is refused in one sentence without its password', () => {
  const refused = [
    'postgres://app:geheim@db.example/shop?sslmode=prefer',
    'postgres://app:geheim@db.example/shop?sslmode=require&sslmode=disable',
    'postgres://app:geheim@db.example/shop?ssl=false',
    'postgres://app:geheim@db.example/shop?password=geheim',
    'postgres://app:1/x?geheim@db.example/shop',
    'postgres://app:geheim%@db.example/shop',
    'postgres://app:geheim@db.example/100%',
    'postgres://app:geheim@db.example',
    'http://app:geheim@db.example/shop',
    'geheim',
  ]

  for (const url of refused) {
    for (const connect of [postgres, mysql]) {
      const isRefused = (error: unknown) =>
        error instanceof InvalidOptionError &&
        /^settings is .{10,300}\.$/.test(error.message) &&
        !`${error.stack}`.includes('geheim')
      assert.throws(() => connect(url.replace('postgres', connect.name)), isRefused, url)
    }
  }
})

test('the parameter that is not known is named, and those that are', () => {
  assert.throws(() => mysql('mysql://app@db.example/shop?charset=latin1'), {
    message: /charset.*ssl=true, ssl-mode=VERIFY_IDENTITY, ssl-mode=REQUIRED/,
  })
})
