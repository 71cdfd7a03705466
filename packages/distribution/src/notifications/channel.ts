import type { MessageContent } from './message-content.ts'

/** A message on its way out. */
export interface OutgoingMessage {
  /** The same at every try: `Message-ID` of a mail, `Idempotency-Key` of a request. */
  readonly key: string
  readonly kind: string
  readonly recipient: string
  readonly content: MessageContent
}

/** What became of one try. A reason is for people; it is masked before it is kept. */
export type Delivery =
  | { readonly kind: 'sent' }
  /** Another try may help. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** No try can help. */
  | { readonly kind: 'refused'; readonly reason: string }

/** A way out for messages. It answers within its deadline, which is far below a lease, and throws nothing for what is away. */
export interface Channel {
  /** True where quiet hours count: somebody's telephone rings. */
  readonly isHeard: boolean
  send(message: OutgoingMessage, signal: AbortSignal): Promise<Delivery>
}

/** Ends a try at its deadline, or before when the worker must stop. */
export function deadlineSignal(deadlineMs: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(deadlineMs), signal])
}

/** In one line, with the cause that a client hides behind a sentence of its own. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown } & Error
  const own = typeof code === 'string' ? `${code}: ${error.message}` : error.message
  return cause instanceof Error ? `${own} (${reasonOf(cause)})` : own
}
