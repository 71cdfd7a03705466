import { setTimeout as wait } from 'node:timers/promises'
import { comesTrue } from '../support/eventually.ts'
import type { Random } from './harness/random.ts'
import type { Size } from './harness/scenario.ts'
import type { HurtServer, Sufferings } from './r05-hurt-server.ts'

/** Something that befalls a server, and that it gets over. */
export interface Trouble {
  readonly name: string
  readonly times: number
  /**
   * Resolves when it is over and the server can be used again. It lasts until workers have felt it, who on a busy machine may
   * ask for nothing in its least time.
   */
  happen(server: HurtServer, isFelt: () => boolean): Promise<void>
}

const sessionsEndEveryMs = 200
const stormEveryMs = 1_000
const stormMs = 100
/** Whoever has not felt it by then never will. */
const longestSeconds = 10

/** In the order in which they come. What a size leaves out does not happen. */
export function troublesOf(size: Size, random: Random): readonly Trouble[] {
  const { seconds = 0, downFromMs = 0, downToMs = 0 } = size
  const downMs = () => random.whole(downFromMs, downToMs)
  const happenings: Readonly<Record<string, Trouble['happen']>> = {
    'read-only sessions': (server, isFelt) => suffer(server, server.sufferings.readOnlySessions, { seconds, isFelt }),
    'kill -9': (server, isFelt) => restart(server, 'SIGKILL', { seconds: downMs() / 1000, isFelt }),
    stop: (server, isFelt) => restart(server, server.sufferings.stopSignal, { seconds: downMs() / 1000, isFelt }),
    'stand still': (server, isFelt) => standStill(server, { seconds, isFelt }),
    'read-only': (server, isFelt) => suffer(server, server.sufferings.readOnly, { seconds, isFelt }),
    'sessions ended': (server, isFelt) => endSessions(server, { seconds, isFelt }),
    'too many sessions': (server, isFelt) => suffer(server, server.sufferings.fewSessions, { seconds, isFelt }),
    'storm of resets': ({ proxy }, isFelt) => storm(proxy, { seconds, isFelt }),
  }
  return Object.entries(happenings).flatMap(([name, happen]) => {
    const times = size[name] ?? 0
    return times > 0 ? [{ name, times, happen }] : []
  })
}

interface Length {
  /** At the least. */
  readonly seconds: number
  readonly isFelt: () => boolean
}

async function last({ seconds, isFelt }: Length): Promise<void> {
  await wait(seconds * 1000)
  await comesTrue(isFelt, longestSeconds)
}

async function restart({ server }: HurtServer, signal: NodeJS.Signals, length: Length): Promise<void> {
  await server.kill(signal)
  await last(length)
  await server.start()
}

async function standStill(server: HurtServer, length: Length): Promise<void> {
  server.standStill()
  try {
    await last(length)
  } finally {
    server.goOn()
  }
}

async function suffer(server: HurtServer, { begin, end }: Sufferings['readOnly'], length: Length): Promise<void> {
  await server.operate(begin)
  await last(length)
  await server.operate(end)
}

async function endSessions(server: HurtServer, { seconds, isFelt }: Length): Promise<void> {
  const until = performance.now() + seconds * 1000
  const isOver = async () => {
    await server.operate([server.sufferings.endSessions])
    await wait(sessionsEndEveryMs)
    return performance.now() >= until && isFelt()
  }
  await comesTrue(isOver, seconds + longestSeconds)
}

async function storm(proxy: HurtServer['proxy'], { seconds, isFelt }: Length): Promise<void> {
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    proxy.reset()
    await last({ seconds: stormMs / 1000, isFelt })
    proxy.pass()
    await wait(stormEveryMs - stormMs)
  }
}
