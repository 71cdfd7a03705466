import type { Command } from '@surtidor/queue/commands'
import { formatNumber, type Locale } from '../i18n/locale.ts'
import { type DeliverDependencies, deliverNotifications } from './deliver-notifications-job.ts'
import type { SendCounts } from './send-due.ts'

type Application = AsyncDisposable & { readonly notifications: DeliverDependencies }

const mostAtOnce = 1_000

/**
 * `notifications:send`: sends what is due, for cron where no worker runs the job. Exit code 1 when it stopped early because the
 * way out seems closed.
 */
export function notificationsSendCommand(open: () => Promise<Application>): Command {
  return {
    name: 'notifications:send',
    summary: {
      es: 'Envía los mensajes pendientes, sin la cola',
      en: 'Sends the messages that are due, without the queue',
    },
    async run(_input, terminal) {
      await using app = await open()
      const signal = new AbortController().signal
      const counts = await deliverNotifications(app.notifications, { most: mostAtOnce, signal })
      terminal.write(summary(counts, terminal.locale))
      if (!counts.hasGivenUp) return 0
      terminal.writeError(givenUp[terminal.locale])
      return 1
    },
  }
}

function summary({ sent, pending, dead, obsolete }: SendCounts, locale: Locale): string {
  const [sentCount, retried, given, dropped] = [sent, pending, dead, obsolete].map((each) => formatNumber(each, locale))
  return {
    es: `Enviados: ${sentCount} · Se intentan luego: ${retried} · Abandonados: ${given} · Sin objeto: ${dropped}`,
    en: `Sent: ${sentCount} · To be tried later: ${retried} · Given up: ${given} · Obsolete: ${dropped}`,
  }[locale]
}

const givenUp = {
  es: 'Fallaron tres seguidos: los demás esperan. Revise MAIL_HOST o WEBHOOK_URL, y el registro.',
  en: 'Three failed in a row: the others wait. Look at MAIL_HOST or WEBHOOK_URL, and at the log.',
} as const
