import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from './harness/random.ts'
import type { Size } from './harness/scenario.ts'
import type { HurtServer, Sufferings } from './r05-hurt-server.ts'

/** Something that befalls a server, and that it gets over. */
export interface Trouble {
  readonly name: string
  readonly times: number
  /** Resolves when it is over and the server can be used again. */
  happen(server: HurtServer): Promise<void>
}

const sessionsEndEveryMs = 200
const stormEveryMs = 1_000
const stormMs = 100

/** In the order in which they come. What a size leaves out does not happen. */
export function troublesOf(size: Size, random: Random): readonly Trouble[] {
  const { seconds = 0, downFromMs = 0, downToMs = 0 } = size
  const downMs = () => random.whole(downFromMs, downToMs)
  const happenings: Readonly<Record<string, Trouble['happen']>> = {
    'read-only sessions': (server) => suffer(server, server.sufferings.readOnlySessions, seconds),
    'kill -9': (server) => restart(server, 'SIGKILL', downMs()),
    stop: (server) => restart(server, server.sufferings.stopSignal, downMs()),
    'stand still': (server) => standStill(server, seconds),
    'read-only': (server) => suffer(server, server.sufferings.readOnly, seconds),
    'sessions ended': (server) => endSessions(server, seconds),
    'too many sessions': (server) => suffer(server, server.sufferings.fewSessions, seconds),
    'storm of resets': ({ proxy }) => storm(proxy, seconds),
  }
  return Object.entries(happenings).flatMap(([name, happen]) => {
    const times = size[name] ?? 0
    return times > 0 ? [{ name, times, happen }] : []
  })
}

async function restart({ server }: HurtServer, signal: NodeJS.Signals, downMs: number): Promise<void> {
  await server.kill(signal)
  await wait(downMs)
  await server.start()
}

async function standStill(server: HurtServer, seconds: number): Promise<void> {
  server.standStill()
  try {
    await wait(seconds * 1000)
  } finally {
    server.goOn()
  }
}

async function suffer(server: HurtServer, { begin, end }: Sufferings['readOnly'], seconds: number): Promise<void> {
  await server.operate(begin)
  await wait(seconds * 1000)
  await server.operate(end)
}

async function endSessions(server: HurtServer, seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    await server.operate([server.sufferings.endSessions])
    await wait(sessionsEndEveryMs)
  }
}

async function storm(proxy: HurtServer['proxy'], seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    proxy.reset()
    await wait(stormMs)
    proxy.pass()
    await wait(stormEveryMs - stormMs)
  }
}
