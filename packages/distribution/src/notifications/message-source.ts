import type { CentralDatabase } from '../database/open-central.ts'
import type { MessageContent } from './message-content.ts'
import type { NotificationSettings } from './notification-settings.ts'

/** What the text of a message is made from. */
export interface MessageSource {
  readonly central: CentralDatabase
  readonly settings: Pick<NotificationSettings, 'appUrl' | 'locale'>
  readonly message: {
    readonly companyId: number | null
    readonly payload: Readonly<Record<string, unknown>>
  }
  readonly now: Date
}

/** Why there is nothing to send: never again, not yet, or because it cannot be understood. */
export interface Unsendable {
  readonly unsendable: 'obsolete' | 'failed' | 'refused'
  readonly reason: string
}

/** What a message says at this moment. */
export type Composer = (source: MessageSource) => Promise<MessageContent | Unsendable>
