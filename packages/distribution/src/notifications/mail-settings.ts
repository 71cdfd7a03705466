import { InvalidSettingError, oneOf, wholeNumber } from '../config-values.ts'
import type { Text } from '../i18n/locale.ts'

/** How mail goes out, by Laravel's names `MAIL_*`. */
export type MailSettings = { readonly mailer: 'log' } | SmtpSettings

export interface SmtpSettings {
  readonly mailer: 'smtp'
  readonly host: string
  readonly port: number
  /** TLS from the first byte, else by STARTTLS where the server has it. */
  readonly isTls: boolean
  readonly login: { readonly user: string; readonly pass: string } | undefined
  readonly from: { readonly address: string; readonly name: string }
}

const tlsPort = 465

/** Throws `InvalidSettingError`, which never shows a password. */
export function readMail(environment: NodeJS.ProcessEnv): MailSettings {
  const setting = (name: string, fallback: string) => withoutNull(environment[name]) || fallback
  if (oneOf('MAIL_MAILER', setting('MAIL_MAILER', 'log'), ['log', 'smtp'] as const) === 'log') return { mailer: 'log' }
  const port = wholeNumber('MAIL_PORT', setting('MAIL_PORT', '2525'), [1, 65_535])
  const scheme = oneOf('MAIL_SCHEME', setting('MAIL_SCHEME', port === tlsPort ? 'smtps' : 'smtp'), ['smtp', 'smtps'])
  const user = setting('MAIL_USERNAME', '')
  const pass = environment.MAIL_PASSWORD === 'null' ? '' : (environment.MAIL_PASSWORD ?? '')
  const appName = setting('APP_NAME', 'Surtidor')
  return {
    mailer: 'smtp',
    host: matching('MAIL_HOST', setting('MAIL_HOST', '127.0.0.1'), aHost),
    port,
    isTls: scheme === 'smtps',
    login: user === '' ? undefined : { user, pass },
    from: {
      address: matching('MAIL_FROM_ADDRESS', setting('MAIL_FROM_ADDRESS', ''), anAddress),
      // As Laravel's own file says it; Node does not put one setting into another.
      name: matching('MAIL_FROM_NAME', setting('MAIL_FROM_NAME', appName), aName).replace('${' + 'APP_NAME}', appName),
    },
  }
}

/** Laravel's word for a setting without a value. */
function withoutNull(value: string | undefined): string | undefined {
  const text = value?.trim()
  return text === 'null' ? undefined : text
}

interface Shape {
  readonly pattern: RegExp
  readonly allowed: Text
}

const aHost: Shape = {
  pattern: /^[^\s\p{C}/@]{1,253}$/u,
  allowed: { es: 'el nombre de un servidor o su dirección IP', en: 'the name of a server or its IP address' },
}

const anAddress: Shape = {
  pattern: /^[^\s\p{C}@<>]{1,64}@[^\s\p{C}@<>]{1,190}$/u,
  allowed: { es: 'una dirección como avisos@ejemplo.com', en: 'an address such as notices@example.com' },
}

const aName: Shape = {
  pattern: /^[^\p{C}]{1,100}$/u,
  allowed: { es: 'un nombre de hasta 100 caracteres, en una línea', en: 'a name of up to 100 characters, in one line' },
}

function matching(name: string, value: string, { pattern, allowed }: Shape): string {
  if (pattern.test(value)) return value
  throw new InvalidSettingError(name, value, allowed)
}
