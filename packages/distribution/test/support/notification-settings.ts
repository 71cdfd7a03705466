import type { NotificationSettings } from '../../src/notifications/notification-settings.ts'
import { silentSettings } from './copy-test-bed.ts'

/** Mail to a server on this machine. */
export function smtpSettings({ port }: { readonly port: number }): NotificationSettings {
  const from = { address: 'avisos@distribuidora.example', name: 'Distribuidora Ñandú' }
  return { ...silentSettings, mail: { mailer: 'smtp', host: '127.0.0.1', port, isTls: false, login: undefined, from } }
}

export const webhookSecret = 'un-secreto-de-prueba'

export function webhookSettings({ url }: { readonly url: string }): NotificationSettings {
  return { ...silentSettings, webhook: { url, secret: webhookSecret } }
}
