import { InvalidSettingError } from '../config-values.ts'
import type { Locale } from '../i18n/locale.ts'
import { type MailSettings, readMail } from './mail-settings.ts'
import { parseQuietHours, type QuietHours } from './quiet-hours.ts'

/** How people hear of what happened. */
export interface NotificationSettings {
  /** Where links in messages lead, without a slash at the end. */
  readonly appUrl: string
  readonly locale: Locale
  /** Undefined where messages go out at any time. */
  readonly quietHours: QuietHours | undefined
  readonly mail: MailSettings
  /** Undefined where nothing listens. */
  readonly webhook: WebhookSettings | undefined
}

export interface WebhookSettings {
  readonly url: string
  /** Signs each request. */
  readonly secret: string
}

/** Throws `InvalidSettingError`, which shows neither a secret nor an address that may hold one. */
export function readNotifications(
  environment: NodeJS.ProcessEnv,
  { locale, port }: { readonly locale: Locale; readonly port: number },
): NotificationSettings {
  const setting = (name: string, fallback: string) => environment[name]?.trim() || fallback
  return {
    appUrl: checkAppUrl(setting('APP_URL', `http://localhost:${port}`)),
    locale,
    quietHours: readQuietHours(setting('NOTIFICATIONS_QUIET_HOURS', '21:00-07:00')),
    mail: readMail(environment),
    webhook: readWebhook(setting('WEBHOOK_URL', ''), setting('WEBHOOK_SECRET', '')),
  }
}

function checkAppUrl(value: string): string {
  const url = URL.parse(value)
  const isUsable = url && ['http:', 'https:'].includes(url.protocol) && !url.search && !url.hash && !url.username
  if (isUsable) return url.href.replace(/\/+$/, '')
  throw new InvalidSettingError('APP_URL', value, 'https://…, http://…')
}

function readQuietHours(value: string): QuietHours | undefined {
  if (value === 'off') return undefined
  const hours = parseQuietHours(value)
  if (!hours) throw new InvalidSettingError('NOTIFICATIONS_QUIET_HOURS', value, '21:00-07:00, off')
  return hours
}

const shortestSecret = 16

function readWebhook(address: string, secret: string): WebhookSettings | undefined {
  if (address === '') return undefined
  const url = URL.parse(address)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isThisMachine(url.hostname)))) {
    throw new InvalidSettingError('WEBHOOK_URL', '…', {
      es: 'https://…, o http:// hacia este mismo equipo',
      en: 'https://…, or http:// to this machine',
    })
  }
  if (secret.length >= shortestSecret) return { url: url.href, secret }
  throw new InvalidSettingError('WEBHOOK_SECRET', '…', {
    es: `${shortestSecret} caracteres o más`,
    en: `${shortestSecret} characters or more`,
  })
}

/** Where nobody between here and there can listen. */
export function isThisMachine(host: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]', '::1'].includes(host)
}
