import type { Logger } from 'pino'
import type { Channel } from './channel.ts'
import { maskRecipient } from './mask.ts'

/** Mail of an installation that has no mail server: the log says that there was a message, never what it says. */
export function logChannel(log: Pick<Logger, 'info'>): Channel {
  return {
    isHeard: false,
    async send({ key, kind, recipient }) {
      log.info(
        { event: 'mail_logged', kind, key, to: maskRecipient(recipient) },
        'Mensaje hecho y no enviado: MAIL_MAILER=log',
      )
      return { kind: 'sent' }
    },
  }
}
