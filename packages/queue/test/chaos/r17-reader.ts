import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Reads a file until it is told to end, each snapshot for so many milliseconds; the next one is open before the last one
 * ends, so that there is none in which nobody reads.
 */
const [path = '', milliseconds = '0'] = process.argv.slice(2)
const connections = [new DatabaseSync(path, { timeout: 5_000 }), new DatabaseSync(path, { timeout: 5_000 })]
let isEnding = false
process.once('message', () => {
  isEnding = true
})

let snapshots = 0
for (let open: DatabaseSync | undefined; !isEnding; snapshots += 1) {
  const next = connections[snapshots % 2]
  next?.exec('begin')
  next?.prepare('select count(*) from jobs').get()
  open?.exec('commit')
  open = next
  if (snapshots === 0) process.send?.('reading')
  // The rest of the time must not keep the process from ending.
  await Promise.race([wait(Number(milliseconds), undefined, { ref: false }), untilEnding()])
}
for (const connection of connections) connection.close()
process.send?.(snapshots, () => process.disconnect())

async function untilEnding(): Promise<void> {
  while (!isEnding) await wait(20)
}
