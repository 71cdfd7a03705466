import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidSettingError } from '../config-values.ts'
import { readNotifications } from './notification-settings.ts'

const read = (environment: NodeJS.ProcessEnv) => readNotifications(environment, { locale: 'es', port: 3000 })

test('without settings mail goes into the log, nights are quiet and links lead to this machine', () => {
  assert.deepEqual(read({}), {
    appUrl: 'http://localhost:3000',
    locale: 'es',
    quietHours: { fromMinute: 1_260, untilMinute: 420 },
    mail: { mailer: 'log' },
    webhook: undefined,
  })
})

test("mail is set by Laravel's names, with its null and its name of the application", () => {
  const environment = {
    APP_NAME: 'Mi Surtido',
    MAIL_MAILER: 'smtp',
    MAIL_HOST: 'smtp.example',
    MAIL_PORT: '587',
    MAIL_SCHEME: 'null',
    MAIL_USERNAME: 'ana',
    MAIL_PASSWORD: ' con espacio ',
    MAIL_FROM_ADDRESS: 'avisos@tienda.example',
    MAIL_FROM_NAME: `\${APP_NAME}`,
  }

  assert.deepEqual(read(environment).mail, {
    mailer: 'smtp',
    host: 'smtp.example',
    port: 587,
    isTls: false,
    login: { user: 'ana', pass: ' con espacio ' },
    from: { address: 'avisos@tienda.example', name: 'Mi Surtido' },
  })
  const implicit = read({ ...environment, MAIL_PORT: '465', MAIL_USERNAME: 'null' }).mail
  assert.ok(implicit.mailer === 'smtp')
  assert.deepEqual([implicit.isTls, implicit.login], [true, undefined])
})

test('addresses lose their last slash, and quiet hours can be switched off', () => {
  const settings = read({ APP_URL: 'https://tiendas.example/surtidor/', NOTIFICATIONS_QUIET_HOURS: 'off' })

  assert.deepEqual([settings.appUrl, settings.quietHours], ['https://tiendas.example/surtidor', undefined])
})

const smtp = { MAIL_MAILER: 'smtp' }

for (const [name, environment] of [
  ['APP_URL', { APP_URL: 'tiendas.example' }],
  ['APP_URL', { APP_URL: 'javascript:alert(1)' }],
  ['NOTIFICATIONS_QUIET_HOURS', { NOTIFICATIONS_QUIET_HOURS: '21-7' }],
  ['MAIL_MAILER', { MAIL_MAILER: 'ses' }],
  ['MAIL_FROM_ADDRESS', smtp],
  ['MAIL_FROM_ADDRESS', { ...smtp, MAIL_FROM_ADDRESS: 'a@b\r\nBcc: c@d' }],
  ['MAIL_SCHEME', { ...smtp, MAIL_SCHEME: 'tls' }],
  ['WEBHOOK_URL', { WEBHOOK_URL: 'http://gateway.example/secreto-en-la-ruta', WEBHOOK_SECRET: 'x'.repeat(16) }],
  ['WEBHOOK_SECRET', { WEBHOOK_URL: 'https://gateway.example', WEBHOOK_SECRET: 'secreto' }],
] as const)
  test(`${name} is refused in ${JSON.stringify(environment)}, without what is secret`, () => {
    assert.throws(
      () => read(environment),
      (error) => {
        assert.ok(error instanceof InvalidSettingError)
        assert.ok(error.text.es.startsWith(`${name}=`))
        assert.doesNotMatch(error.text.es + error.text.en, /secreto|\r|\n/)
        return true
      },
    )
  })

test('a webhook on this machine needs no TLS', () => {
  const webhook = { url: 'http://127.0.0.1:8080/x', secret: 'un-secreto-de-prueba' }

  assert.deepEqual(read({ WEBHOOK_URL: webhook.url, WEBHOOK_SECRET: webhook.secret }).webhook, webhook)
})
