import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { PreparedTexts } from './prepared-texts.ts'

/** Stands between a client and a server, passes everything on, and breaks the network as it is told. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Faults that really happened: bytes swallowed, connections cut, replies dropped, texts replaced. */
  readonly faults: number
  /** Connections that were silenced so far. */
  readonly silenced: number
  /** Everything works again, for new connections; one that was silenced stays so, as a half-open one does. */
  pass(): void
  /** Passes nothing on and closes nothing: the other side looks as if it never answered. */
  blackhole(): void
  /** The same for each connection whose client sends, or has sent, the text. */
  blackholeThoseWhoSend(text: string): void
  /** Nothing moves in either direction, on the connections there are and on new ones, until it is unclogged: then all of it. */
  clog(): void
  unclog(): void
  /** Cuts every connection, and each new one, with a reset. */
  reset(): void
  /** Changes a text on its way to the server into another of the same length. */
  replace(text: string, by: string): void
  /** Keeps back what the server says on the connections there are, and that it ended them, until it is let through. */
  holdBack(): void
  letThrough(): void
  /** Replies that were dropped so far. */
  readonly dropped: number
  /** True while a statement is waited for whose reply is to be dropped. */
  readonly isDropping: boolean
  /** The next statement with the text is carried out, and the connection is cut instead of telling. */
  dropReplyTo(text: string | RegExp): void
}

interface Target {
  readonly host: string
  readonly port: number
}

export async function faultProxy(target: Target): Promise<FaultProxy> {
  // Who is half-open does not hear of the other side's end, and does not end itself.
  const server = createServer({ allowHalfOpen: true })
  const proxy = new Proxying(target, server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return proxy
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  /** What the client sent first, to know it by. */
  beginning: string
  isSilent: boolean
  /** What the server said and the client may not hear yet. */
  heldBack: (() => void)[] | undefined
  isReplyDropped: boolean
  readonly prepared: PreparedTexts
}

class Proxying implements FaultProxy {
  readonly host = '127.0.0.1'
  readonly #target: Target
  readonly #server: Server
  readonly #links = new Set<Link>()
  #faults = 0
  #silenced = 0
  #mode: 'pass' | 'blackhole' | 'reset' = 'pass'
  #silencing: string | undefined
  #replacing: { readonly text: string; readonly by: string } | undefined
  #dropping: string | RegExp | undefined
  #dropped = 0
  #isClogged = false

  constructor(target: Target, server: Server) {
    this.#target = target
    this.#server = server
    server.on('connection', (client) => this.#link(client))
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy does not listen.')
    return address.port
  }

  get faults(): number {
    return this.#faults
  }

  get silenced(): number {
    return this.#silenced
  }

  get dropped(): number {
    return this.#dropped
  }

  get isDropping(): boolean {
    return this.#dropping !== undefined
  }

  pass(): void {
    this.#mode = 'pass'
    this.#silencing = undefined
    this.#replacing = undefined
    this.#dropping = undefined
  }

  blackhole(): void {
    this.#mode = 'blackhole'
    for (const link of this.#links) this.#silence(link)
  }

  blackholeThoseWhoSend(text: string): void {
    this.#silencing = text
    for (const link of this.#links) if (link.beginning.includes(text)) this.#silence(link)
  }

  clog(): void {
    this.#isClogged = true
    this.#faults += 1
    for (const { client, server } of this.#links) for (const socket of [client, server]) socket.pause()
  }

  unclog(): void {
    this.#isClogged = false
    for (const { client, server } of this.#links) for (const socket of [client, server]) socket.resume()
  }

  reset(): void {
    this.#mode = 'reset'
    for (const link of this.#links) this.#cut(link)
  }

  replace(text: string, by: string): void {
    if (text.length !== by.length) throw new Error('The length of a statement is sent before it: it must not change.')
    this.#replacing = { text, by }
  }

  holdBack(): void {
    for (const link of this.#links) link.heldBack ??= []
  }

  letThrough(): void {
    for (const link of this.#links) {
      const heldBack = link.heldBack ?? []
      link.heldBack = undefined
      for (const tell of heldBack) tell()
    }
  }

  dropReplyTo(text: string | RegExp): void {
    this.#dropping = text
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const { client, server } of this.#links) {
      client.destroy()
      server.destroy()
    }
    await once(this.#server, 'close')
  }

  #link(client: Socket): void {
    const server = createConnection({ ...this.#target, allowHalfOpen: true })
    const link: Link = {
      client,
      server,
      beginning: '',
      isSilent: false,
      heldBack: undefined,
      isReplyDropped: false,
      prepared: new PreparedTexts(),
    }
    this.#links.add(link)
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => undefined)
    client.on('data', (chunk: Buffer) => this.#toServer(link, chunk))
    server.on('data', (chunk: Buffer) => this.#toClient(link, chunk))
    client.on('close', () => {
      // What is silent stays so on both sides: the server does not hear that the client has given up.
      if (link.isSilent) return
      this.#links.delete(link)
      server.destroy()
    })
    client.on('end', () => !link.isSilent && server.end())
    server.on('end', () => !link.isSilent && this.#tell(link, () => client.end()))
    server.on('close', () => !link.isSilent && this.#tell(link, () => client.destroySoon()))
    if (this.#isClogged) for (const socket of [client, server]) socket.pause()
    if (this.#mode === 'reset') this.#cut(link)
    if (this.#mode === 'blackhole') this.#silence(link)
  }

  #silence(link: Link): void {
    if (!link.isSilent) this.#silenced += 1
    link.isSilent = true
  }

  #toServer(link: Link, chunk: Buffer): void {
    const text = chunk.toString('latin1')
    if (link.beginning.length < 4_096) link.beginning += text
    if (this.#silencing !== undefined && text.includes(this.#silencing)) this.#silence(link)
    if (link.isSilent) {
      this.#faults += 1
      return
    }
    const carriedOut = link.prepared.textOf(chunk, text)
    if (this.#dropping !== undefined && contains(carriedOut, this.#dropping)) {
      this.#dropping = undefined
      link.isReplyDropped = true
    }
    link.server.write(this.#replaced(text) ?? chunk)
  }

  #replaced(text: string): Buffer | undefined {
    if (!this.#replacing || !text.includes(this.#replacing.text)) return undefined
    this.#faults += 1
    return Buffer.from(text.replaceAll(this.#replacing.text, this.#replacing.by), 'latin1')
  }

  #toClient(link: Link, chunk: Buffer): void {
    link.prepared.hear(chunk)
    if (link.isReplyDropped) {
      this.#dropped += 1
      this.#cut(link)
    } else if (link.isSilent) this.#faults += 1
    else this.#tell(link, () => link.client.write(chunk))
  }

  #tell(link: Link, tell: () => void): void {
    if (link.heldBack) {
      this.#faults += 1
      link.heldBack.push(tell)
    } else {
      tell()
    }
  }

  #cut(link: Link): void {
    this.#faults += 1
    this.#links.delete(link)
    link.client.resetAndDestroy()
    link.server.destroy()
  }
}

function contains(text: string, pattern: string | RegExp): boolean {
  return typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)
}
