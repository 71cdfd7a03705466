import type { MessageContent } from './message-content.ts'
import type { Composer, MessageSource, Unsendable } from './message-source.ts'
import { runEnded, runEndOf } from './run-ended.ts'
import { userActivation } from './user-activation.ts'

/** What a message of this kind says at this moment. */
export async function composeMessage(kind: string, source: MessageSource): Promise<MessageContent | Unsendable> {
  const compose = composerOf(kind)
  return compose ? compose(source) : { unsendable: 'refused', reason: `There is no message of kind ${kind}.` }
}

function composerOf(kind: string): Composer | undefined {
  if (kind === 'user_activation') return userActivation
  const end = runEndOf(kind)
  return end && runEnded(end)
}
