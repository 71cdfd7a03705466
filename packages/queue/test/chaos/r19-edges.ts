import { randomUUID } from 'node:crypto'
import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { type EchoQueue, echoQueue, refusalOf } from './r19-echo.ts'

/** The default limit of a payload. */
const mostBytes = 1_048_576

/** Letters, and how many bytes each takes in a payload. */
const letters = { a: 1, '"': 2, ñ: 2, '\0': 6, '\u2028': 6, '€': 3, '🛒': 4 } as const

type Letter = keyof typeof letters

interface Edge {
  readonly letter: Letter
  /** Of the data. */
  readonly bytes: number
}

/** Payloads of nothing, of a letter, and around the limit to the byte. */
export async function tryEdges(stage: Stage): Promise<Verdict> {
  await using echo = echoQueue(stage)
  const room = mostBytes - (await overheadOf(echo))
  const expected = new Map<string, string>()
  const violations: string[] = []
  for (const edge of edgesOf(room)) {
    const uuid = randomUUID()
    const refusal = await refusalOf(echo.queue.push('Echo', filled(edge), { uuid }))
    if (refusal !== (edge.bytes > room ? 'PAYLOAD_TOO_LARGE' : undefined))
      violations.push(`${edge.bytes} bytes with ${JSON.stringify(edge.letter)}: ${refusal ?? 'accepted'}.`)
    if (refusal === undefined) expected.set(uuid, filled(edge))
  }
  await echo.worker().run()
  const wrong = [...expected].filter(([uuid, text]) => echo.received.get(uuid) !== text)
  return {
    figures: { edges: expected.size },
    faults: expected.size,
    violations: [
      ...violations,
      ...wrong.map(([uuid, text]) => `${text.length} letters came as ${String(echo.received.get(uuid)).length}.`),
    ],
  }
}

/** Bytes of a payload without its data. */
async function overheadOf({ queue }: EchoQueue): Promise<number> {
  await queue.push('Echo', '')
  const [empty] = await queue.jobs()
  await queue.clear()
  return Buffer.byteLength(empty?.payload ?? '')
}

function edgesOf(room: number): readonly Edge[] {
  // `Object.keys` forgets the type of the keys.
  const all = Object.keys(letters) as Letter[]
  return [0, 1, room - 1, room, room + 1].flatMap((bytes) => all.map((letter) => ({ letter, bytes })))
}

/** A text of so many bytes in JSON. */
function filled({ letter, bytes }: Edge): string {
  const ofLetter = letters[letter]
  return letter.repeat(Math.floor(bytes / ofLetter)) + 'a'.repeat(bytes % ofLetter)
}
