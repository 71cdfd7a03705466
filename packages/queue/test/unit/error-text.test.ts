import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorText } from '../../src/commands/error-text.ts'
import { DatabaseUnusableError } from '../../src/errors.ts'

for (const [database, shown] of [
  ['shop at 127.0.0.1:3306', 'shop en 127.0.0.1:3306'],
  ['/srv/look at this.sqlite', '/srv/look at this.sqlite'],
] as const)
  test(`the Spanish sentence about ${database} says where it is in Spanish`, () => {
    const { es } = errorText(new DatabaseUnusableError(database, 'unreachable'))

    assert.match(es, new RegExp(`^La base de datos ${RegExp.escape(shown)} no se puede usar: nadie responde allí`))
  })
