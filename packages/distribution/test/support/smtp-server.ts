import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

export interface ReceivedMail {
  /** From `RCPT TO`. */
  readonly to: string
  /** From `AUTH PLAIN`, as user and password; undefined when nobody signed in. */
  readonly login: string | undefined
  /** Head and body as they came. */
  readonly source: string
}

/** Answers of the server other than yes, by the command that they answer. */
export interface SmtpAnswers {
  readonly greeting?: string | 'none'
  readonly rcpt?: string
  readonly data?: string
}

/** A mail server on this machine that speaks as much SMTP as one message needs. */
export class SmtpServer implements AsyncDisposable {
  readonly received: ReceivedMail[] = []
  answers: SmtpAnswers = {}
  /** Before the server says that it has a message. */
  onMail: (mail: ReceivedMail) => void | Promise<void> = () => undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async open(port = 0): Promise<SmtpServer> {
    const server = new SmtpServer()
    server.#server.listen(port, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    if (this.answers.greeting === 'none') return
    const session = new Session(socket, this)
    socket.write(`${this.answers.greeting ?? '220 prueba ESMTP'}\r\n`)
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => void session.read(text))
  }
}

class Session {
  readonly #socket: Socket
  readonly #server: SmtpServer
  #unread = ''
  #to = ''
  #login: string | undefined
  #body: string[] | undefined

  constructor(socket: Socket, server: SmtpServer) {
    this.#socket = socket
    this.#server = server
  }

  async read(text: string): Promise<void> {
    const lines = `${this.#unread}${text}`.split('\r\n')
    this.#unread = lines.pop() ?? ''
    for (const line of lines) await this.#line(line)
  }

  async #line(line: string): Promise<void> {
    if (!this.#body) return this.#command(line)
    if (line !== '.') this.#body.push(line)
    else await this.#end(this.#body)
  }

  #command(line: string): void {
    const { rcpt, data } = this.#server.answers
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'AUTH')
      this.#login = Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString()
        .split('\0')
        .join(' ')
    if (verb === 'RCPT') this.#to = /<(.*)>/.exec(line)?.[1] ?? ''
    if (verb === 'DATA' && !data) this.#body = []
    this.#answer((verb === 'RCPT' && rcpt) || answerTo(verb, data))
  }

  async #end(body: readonly string[]): Promise<void> {
    this.#body = undefined
    const mail = { to: this.#to, login: this.#login?.trim(), source: body.join('\n') }
    this.#server.received.push(mail)
    await this.#server.onMail(mail)
    this.#answer('250 recibido')
  }

  #answer(text: string): void {
    if (this.#socket.writable) this.#socket.write(`${text}\r\n`)
  }
}

function answerTo(verb: string, data: string | undefined): string {
  if (verb === 'DATA') return data ?? '354 siga'
  if (verb === 'EHLO') return '250-prueba\r\n250 AUTH PLAIN'
  if (verb === 'AUTH') return '235 bien'
  return verb === 'QUIT' ? '221 adios' : '250 bien'
}

/** The text of a mail's plain or HTML part, decoded. */
export function partOf(mail: ReceivedMail, type: 'text/plain' | 'text/html'): string {
  const part = mail.source.split(/^--.*$/m).find((each) => each.includes(`Content-Type: ${type}`)) ?? ''
  const [head = '', ...body] = part.trim().split(/\n\n/)
  const text = body.join('\n\n')
  if (/base64/i.test(head)) return Buffer.from(text, 'base64').toString()
  if (!/quoted-printable/i.test(head)) return text
  const bytes = text
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_all, code) => String.fromCharCode(Number(`0x${code}`)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** A header of a mail, unfolded and in words. */
export function headerOf({ source }: ReceivedMail, name: string): string {
  const [head = ''] = source.split('\n\n')
  const unfolded = head.replaceAll(/\n[ \t]+/g, ' ').split('\n')
  const value = unfolded
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))
    ?.slice(name.length + 2)
  return (value ?? '').replaceAll(/=\?UTF-8\?Q\?(.*?)\?=\s*/g, (_all, words: string) => {
    const bytes = words
      .replaceAll('_', ' ')
      .replaceAll(/=([0-9A-F]{2})/g, (_each, code) => String.fromCharCode(Number(`0x${code}`)))
    return Buffer.from(bytes, 'latin1').toString()
  })
}
