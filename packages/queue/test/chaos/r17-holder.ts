import { DatabaseSync } from 'node:sqlite'

/** Begins to write a file, and never goes on. */
const database = new DatabaseSync(process.argv[2] ?? '', { timeout: 10_000 })
database.exec('begin immediate')
process.send?.('holding')
setInterval(() => undefined, 1_000)
