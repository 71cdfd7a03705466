/**
 * The statements that a client of MySQL has prepared on one connection: it sends the text once, and then only the number
 * that the server gave it.
 */
export class PreparedTexts {
  readonly #texts = new Map<number, string>()
  #preparing: string | undefined

  /** What the message carries out, as text; a preparation carries out nothing. */
  textOf(message: Buffer, text: string): string {
    if (isCommand(message, command.prepare) && message.length > numberEnd) {
      this.#preparing = text
      return ''
    }
    const isExecution = isCommand(message, command.execute) || isBeginningOf(message, command.bulk)
    return isExecution && message.length >= numberEnd
      ? `${this.#texts.get(message.readUInt32LE(numberStart)) ?? ''}${text}`
      : text
  }

  /** The answer to a preparation says its number. */
  hear(answer: Buffer): void {
    if (this.#preparing === undefined) return
    if (answer.length >= numberEnd && answer[4] === 0)
      this.#texts.set(answer.readUInt32LE(numberStart), this.#preparing)
    this.#preparing = undefined
  }
}

const command = { prepare: 0x16, execute: 0x17, bulk: 0xfa } as const
const numberStart = 5
const numberEnd = 9

function isCommand(message: Buffer, expected: number): boolean {
  return isBeginningOf(message, expected) && lengthOf(message) === message.length
}

/** A bulk of rows comes in many pieces, of which the first one says what it is. */
function isBeginningOf(message: Buffer, expected: number): boolean {
  return message[3] === 0 && message[4] === expected && lengthOf(message) >= message.length
}

/** Each message begins with its length (three bytes) and its place in the exchange, which a command is the first of. */
function lengthOf(message: Buffer): number {
  return message.readUIntLE(0, 3) + 4
}
