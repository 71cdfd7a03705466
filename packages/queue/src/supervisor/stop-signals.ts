import { constants } from 'node:os'

/** Each is a wish that this process should end. SIGHUP is that of a terminal that was closed. */
export const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[]

/** Hears those of the signals that this system has, until the answer is called. */
export function onSignals(signals: readonly NodeJS.Signals[], listener: () => void): () => void {
  const known = signals.filter((signal) => signal in constants.signals)
  for (const signal of known) process.on(signal, listener)
  return () => {
    for (const signal of known) process.off(signal, listener)
  }
}

/** Hears each wish that this process should end, until the answer is called. A parent that is gone counts as one. */
export function onStopSignals(listener: () => void): () => void {
  const stopHearing = onSignals(stopSignals, listener)
  process.once('disconnect', listener)
  // The parent may be gone before we came so far.
  if (process.connected === false) listener()
  return () => {
    stopHearing()
    process.off('disconnect', listener)
  }
}
