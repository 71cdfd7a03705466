import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const source = new URL('../', import.meta.url).pathname

/**
 * A statement that writes `users` in any of the ways in which this program writes: Kysely, the helpers of
 * `database/sql.ts`, or SQL as text.
 */
const writes =
  /(?:(?:insertInto|updateTable|replaceInto|mergeInto)\(\s*|(?:insertId|upsert)\(\s*[\w.]+,\s*)['"`]users['"`]|\b(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|update|merge\s+into)\s+(?:["`\w]+\.)?["`]?users\b/gi

test('giveStoreUser is the only one that writes a user of profile 17', () => {
  const writers = globSync('**/*.ts', { cwd: source })
    .filter((file) => !file.endsWith('.test.ts'))
    .filter((file) => setsProfile(readFileSync(`${source}${file}`, 'utf8')))

  assert.deepEqual(writers, ['companies/store-user.ts'])
})

for (const text of [
  `await trx.insertInto('users').values({ email, profile_id: 17 }).execute()`,
  `await trx.updateTable('users').set({ profile_id: storeProfile }).execute()`,
  `await trx\n    .updateTable('users')\n    .set({ 'profile_id': 17 })`,
  `await insertId(trx, 'users', { name, profile_id: 17 })`,
  `await insertId(trx, 'users', userRow(form))`,
  `await upsert(deps.central, 'users', { rows, key: ['email'], update: [] })`,
  'await sql`update users set "profile_id" = 17 where id = 5`.execute(trx)',
  'await sql`insert into "users" (email, profile_id) values (?, 17)`.execute(trx)',
  'await sql`INSERT OR IGNORE INTO users SELECT 1, 17`.execute(trx)',
]) {
  test(`it would be noticed: ${text.slice(0, 60).replaceAll('\n', ' ')}…`, () => {
    assert.equal(setsProfile(text), true)
  })
}

test('setting a password is not taken for it', () => {
  assert.equal(
    setsProfile(`trx.updateTable('users').set({ password: hash, updated_at: now }).where('id', '=', 1)`),
    false,
  )
})

/** An update that names its columns and not the profile is another matter; whatever cannot be read is suspect. */
function setsProfile(text: string): boolean {
  return [...text.matchAll(writes)].some(({ index }) => {
    const [, columns] = /^[^;]*?\.set\(\{([^}]*)\}\)/.exec(text.slice(index)) ?? []
    const isUpdateOfColumns =
      /^updateTable/.test(text.slice(index)) && columns !== undefined && !columns.includes('...')
    return !isUpdateOfColumns || /profile_id/.test(columns ?? '')
  })
}
