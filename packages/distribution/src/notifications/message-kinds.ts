import type { MessageContent } from './message-content.ts'
import type { Composer, MessageSource, Unsendable } from './message-source.ts'
import { runEnded } from './run-ended.ts'
import { userActivation } from './user-activation.ts'

const composers: Readonly<Record<string, Composer>> = { user_activation: userActivation, run_ended: runEnded }

/** What a message of this kind says at this moment. */
export async function composeMessage(kind: string, source: MessageSource): Promise<MessageContent | Unsendable> {
  const compose = Object.hasOwn(composers, kind) ? composers[kind] : undefined
  return (await compose?.(source)) ?? { unsendable: 'refused', reason: `There is no message of kind ${kind}.` }
}
