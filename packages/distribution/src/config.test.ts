import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { InvalidSettingError } from './config-values.ts'

for (const [locale, language] of [
  ['es', 'es'],
  ['en', 'en'],
  ['es_CO', 'es'],
  ['en_US', 'en'],
  ['en-GB', 'en'],
  ['', 'es'],
] as const) {
  test(`APP_LOCALE=${locale} speaks ${language}`, () => {
    assert.equal(readConfig({ APP_LOCALE: locale }, '/base').locale, language)
  })
}

for (const [name, value] of [
  ['APP_LOCALE', 'fr'],
  ['APP_LOCALE', 'english'],
  ['APP_LOCALE', 'es_'],
  ['DB_QUEUE', 'a,b'],
  ['DB_QUEUE', 'a\u0007b'],
  ['DB_QUEUE', 'a'.repeat(256)],
  ['DB_QUEUE_RETRY_AFTER', '1'],
  ['DB_QUEUE_RETRY_AFTER', '86401'],
  ['LARAVEL_VERSION', '7'],
  ['LARAVEL_VERSION', '11.33'],
  ['STORES_LAYOUT', 'one'],
  ['STORES_USERS', 'each'],
  // SQLite has none.
  ['STORES_USERS', 'own'],
] as const) {
  test(`${name}=${JSON.stringify(value.slice(0, 20))} is refused with its name and in one visible line`, () => {
    assert.throws(
      () => readConfig({ [name]: value }, '/base'),
      (error) => {
        assert.ok(error instanceof InvalidSettingError)
        assert.match(error.text.es, new RegExp(`^${name}=\\S`))
        assert.doesNotMatch(error.text.es + error.text.en, /\p{C}/u)
        assert.ok(error.text.es.length < 300)
        return true
      },
    )
  })
}

test('what a Laravel application shares is read under its names', () => {
  const names = { APP_NAME: 'Mi Tienda', APP_KEY: 'base64:a', APP_PREVIOUS_KEYS: 'base64:b,base64:c' }

  assert.deepEqual(readConfig({}, '/base').laravel, { version: 11, cachePrefix: 'laravel_cache_' })
  assert.deepEqual(readConfig({ ...names, LARAVEL_VERSION: '13' }, '/base').laravel, {
    version: 13,
    cachePrefix: 'mi-tienda-cache-',
    keys: ['base64:a', 'base64:b', 'base64:c'],
  })
  assert.equal(readConfig({ APP_CIPHER: 'aes-256-gcm' }, '/base').laravel.cipherMode, 'gcm')
  assert.equal(readConfig({ ...names, CACHE_PREFIX: 'tat_' }, '/base').laravel.cachePrefix, 'tat_')
})

test('the limits of a lease and of a queue name are allowed', () => {
  const config = readConfig({ DB_QUEUE_RETRY_AFTER: '2', DB_QUEUE: 'ñ'.repeat(255) }, '/base')

  assert.deepEqual([config.retryAfterSeconds, config.queueName.length], [2, 255])
})

test('a user for each store needs databases of their own on a server, and a key', () => {
  const server = { DB_CONNECTION: 'pgsql', STORES_USERS: 'own', APP_KEY: 'k'.repeat(32) }

  assert.deepEqual(readConfig(server, '/base').stores, { layout: 'own', users: 'own' })
  assert.throws(() => readConfig({ ...server, STORES_LAYOUT: 'shared' }, '/base'), /STORES_LAYOUT=shared/)
  assert.throws(() => readConfig({ ...server, APP_KEY: '' }, '/base'), /APP_KEY/)
  assert.deepEqual(readConfig({}, '/base').stores, { layout: 'own', users: 'shared' })
})
