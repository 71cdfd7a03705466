import type { Logger } from 'pino'
import type { Channel } from './channel.ts'
import { emailChannel } from './email-channel.ts'
import { logChannel } from './log-channel.ts'
import type { NotificationSettings } from './notification-settings.ts'
import type { ChannelName } from './outbox.ts'
import { webhookChannel } from './webhook-channel.ts'

export type Channels = Readonly<Record<ChannelName, Channel>>

/** The ways out that the settings open. */
export function openChannels(
  { mail, webhook }: Pick<NotificationSettings, 'mail' | 'webhook'>,
  log: Pick<Logger, 'info'>,
): Channels {
  return {
    in_app: readHere,
    email: mail.mailer === 'smtp' ? emailChannel(mail) : logChannel(log),
    webhook: webhook ? webhookChannel(webhook) : closed,
  }
}

/** What is read on our own page has arrived. */
const readHere: Channel = { isHeard: false, send: async () => ({ kind: 'sent' }) }

/** Somebody may set it within the day. */
const closed: Channel = { isHeard: true, send: async () => ({ kind: 'failed', reason: 'WEBHOOK_URL is not set.' }) }
