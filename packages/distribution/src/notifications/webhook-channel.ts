import { createHmac } from 'node:crypto'
import { type Channel, type Delivery, deadlineSignal, type OutgoingMessage, reasonOf } from './channel.ts'
import { plainText } from './message-content.ts'
import type { WebhookSettings } from './notification-settings.ts'

const defaultDeadlineMs = 10_000

/**
 * Hands messages to a gateway as signed JSON. Certificates are checked, and redirects are not followed: the message is for
 * this address alone. 2xx is sent; 4xx is refused, except 408 and 429; anything else may get better.
 */
export function webhookChannel(
  settings: WebhookSettings,
  { deadlineMs = defaultDeadlineMs }: { readonly deadlineMs?: number } = {},
): Channel {
  return {
    isHeard: true,
    async send(message, signal) {
      try {
        return deliveryOf(await post(settings, message, deadlineSignal(deadlineMs, signal)))
      } catch (error) {
        return { kind: 'failed', reason: reasonOf(error) }
      }
    },
  }
}

/** Answers the status. */
async function post({ url, secret }: WebhookSettings, message: OutgoingMessage, signal: AbortSignal): Promise<number> {
  const body = JSON.stringify({
    key: message.key,
    kind: message.kind,
    to: message.recipient,
    subject: message.content.subject,
    text: plainText(message.content),
    link: message.content.link.url,
  })
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': message.key,
      'x-surtidor-signature': signatureOf(body, secret),
    },
    body,
    redirect: 'manual',
    signal,
  })
  // What it says beside the status is nobody's business.
  await response.body?.cancel()
  return response.status
}

/** Over the body's bytes as they are sent. */
function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

function deliveryOf(status: number): Delivery {
  if (status >= 200 && status < 300) return { kind: 'sent' }
  const isForGood = status >= 400 && status < 500 && status !== 408 && status !== 429
  return { kind: isForGood ? 'refused' : 'failed', reason: `HTTP ${status}` }
}
