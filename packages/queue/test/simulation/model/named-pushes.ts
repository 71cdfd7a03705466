import type { NewJob } from '../../../src/connection.ts'
import type { Snapshot } from '../world/snapshot.ts'
import type { Call } from './call.ts'

const now = { inSeconds: 0 } as const

/** The jobs that a call writes, all of them or none. */
export function namedPushes(call: Call, before: Snapshot): readonly NewJob[] {
  switch (call.verb) {
    case 'push':
      return [...call.args[0]]
    case 'pushUnique':
      return call.args[0]
    case 'pushBatch':
      return call.args[1]
    case 'pushReserved':
      return [{ queue: call.args[0], payload: call.args[1], due: now }]
    case 'conclude':
      return call.args[1].next ? [call.args[1].next] : []
    case 'retry': {
      const failure = before.failed.get(call.args[0])
      return failure ? [{ queue: failure.queue, payload: call.args[1](failure.payload), due: now }] : []
    }
    default:
      return []
  }
}
