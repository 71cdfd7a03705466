import { type Channel, type Delivery, deadlineSignal, type OutgoingMessage, reasonOf } from './channel.ts'
import type { SmtpSettings } from './mail-settings.ts'
import { htmlText, plainText } from './message-content.ts'
import { isThisMachine } from './notification-settings.ts'

const defaultDeadlineMs = 30_000

/**
 * Mail by SMTP, a connection each. A server that refuses this recipient or this message for good (5xx) is not asked again;
 * anything else may get better.
 */
export function emailChannel(
  settings: SmtpSettings,
  { deadlineMs = defaultDeadlineMs }: { readonly deadlineMs?: number } = {},
): Channel {
  return {
    isHeard: true,
    async send(message, signal) {
      // Read when there is mail: every command of the application opens its channels.
      const { createTransport } = await import('nodemailer')
      try {
        const transport = createTransport(transportOptions(settings, deadlineMs))
        await transport.sendMail({ ...(await mailOf(message, settings)), signal: deadlineSignal(deadlineMs, signal) })
        return { kind: 'sent' }
      } catch (error) {
        return { kind: isForGood(error) ? 'refused' : 'failed', reason: reasonOf(error) } satisfies Delivery
      }
    },
  }
}

function transportOptions({ host, port, isTls, login }: SmtpSettings, deadlineMs: number) {
  return {
    host,
    port,
    secure: isTls,
    // A password is never said in the clear, except within this machine.
    requireTLS: !isTls && login !== undefined && !isThisMachine(host),
    // A mail server on this machine has a certificate of its own making, and nobody stands between.
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: !isThisMachine(host) } as const,
    ...(login && { auth: login }),
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

async function mailOf({ key, recipient, content }: OutgoingMessage, { from }: SmtpSettings) {
  const [, domain = 'localhost'] = from.address.split('@')
  return {
    messageId: `<${key}@${domain}>`,
    from,
    // As an object: a comma in it makes no second recipient.
    to: { name: '', address: recipient },
    subject: content.subject,
    text: plainText(content),
    html: await htmlText(content),
    // No vacation notices in answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** What was said of the sender or the login is about our settings, which somebody may mend. */
function isForGood(error: unknown): boolean {
  const { responseCode, command } = Object(error)
  return Number(responseCode) >= 500 && ['RCPT TO', 'DATA'].includes(command)
}
