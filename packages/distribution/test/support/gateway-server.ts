import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'

export interface ReceivedRequest {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server on this machine that keeps what it gets. */
export class GatewayServer implements AsyncDisposable {
  readonly received: ReceivedRequest[] = []
  /** Of every answer; `none` leaves requests without one. */
  status: number | 'none' = 200
  headers: Readonly<Record<string, string>> = {}
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => {
        const { method, url: path, headers } = request
        this.received.push({ method, path, headers, body: Buffer.concat(pieces).toString() })
        if (this.status !== 'none') response.writeHead(this.status, this.headers).end('mucho gusto')
      })
    })
  }

  static async open(): Promise<GatewayServer> {
    const gateway = new GatewayServer()
    gateway.#server.listen(0, '127.0.0.1')
    await once(gateway.#server, 'listening')
    return gateway
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/mensajes`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}
