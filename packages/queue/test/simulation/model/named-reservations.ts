import type { Reservation } from '../../../src/connection.ts'
import type { Call } from './call.ts'

/** The reservations that a write carries. */
export function namedReservations(call: Call): readonly Reservation[] {
  switch (call.verb) {
    case 'renew':
    case 'complete':
    case 'unclaim':
    case 'exchange':
    case 'forgive':
    case 'reserved':
      return call.args[0]
    case 'release':
    case 'fail':
    case 'conclude':
    case 'countCrash':
      return [call.args[0]]
    default:
      return []
  }
}
