import { constants } from 'node:os'

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** Hears each wish that this process should end, until the answer is called. A parent that is gone counts as one. */
export function onStopSignals(listener: () => void): () => void {
  for (const signal of stopSignals) if (constants.signals[signal]) process.on(signal, listener)
  process.once('disconnect', listener)
  // The parent may be gone before we came so far.
  if (process.connected === false) listener()
  return () => {
    for (const signal of stopSignals) process.off(signal, listener)
    process.off('disconnect', listener)
  }
}
