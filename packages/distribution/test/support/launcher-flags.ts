import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const launcher = readFileSync(join(import.meta.dirname, '../../../../surtidor'), 'utf8')

const [, flags] = launcher.match(/^exec "\$node" (.+?) "/m) ?? []
if (flags === undefined) throw new Error('./surtidor does not start Node in the way that is looked for here.')

/** What `./surtidor` tells Node, for what has to run as it does. */
export const launcherFlags: readonly string[] = flags.split(' ')
