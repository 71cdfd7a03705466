import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { scramVerifier } from './scram-verifier.ts'

test('the same salt gives the same verifier, another one another, and neither holds the password', () => {
  const salt = randomBytes(16)

  assert.equal(scramVerifier('secreta', salt), scramVerifier('secreta', salt))
  assert.notEqual(scramVerifier('secreta'), scramVerifier('secreta'))
  assert.doesNotMatch(scramVerifier('secreta'), /secreta/)
})

if (bedDrivers.includes('postgres'))
  test('PostgreSQL makes the same of a password', async () => {
    await using bed = await TestBed.open('postgres')
    const name = `st_${randomBytes(8).toString('hex')}`
    const password = randomBytes(24).toString('base64url')
    await sql.raw(`create role "${name}" password '${password}'`).execute(bed.central)
    try {
      const { rows } = await sql<{ stored: string }>`
        select rolpassword as stored from pg_authid where rolname = ${name}`.execute(bed.central)
      const stored = rows[0]?.stored ?? ''
      const [, salt = ''] = /^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(stored) ?? []

      assert.equal(scramVerifier(password, Buffer.from(salt, 'base64')), stored)
    } finally {
      await sql.raw(`drop role "${name}"`).execute(bed.central)
    }
  })
