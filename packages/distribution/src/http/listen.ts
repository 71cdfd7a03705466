import { createAdaptorServer } from '@hono/node-server'
import { ApplicationError } from '../errors.ts'
import type { HttpApp } from './site.ts'

/** Until people sign in, only this machine may connect. */
const hostname = '127.0.0.1'

export interface RunningServer {
  readonly url: string
  /** Ends open event streams too. */
  close(): Promise<void>
}

/** Starts to answer on 127.0.0.1; port 0 takes a free one. Throws `PortInUseError`. */
export async function listen(app: HttpApp, options: { readonly port: number }): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: (request, env) =>
      app.fetch(request, { incoming: { socket: { localPort: env.incoming.socket?.localPort } } }),
    serverOptions: { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 },
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', (error) => listening.reject(explain(error, options.port)))
  server.listen(options.port, hostname, () => listening.resolve())
  await listening.promise
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return { url: `http://localhost:${port}`, close: () => closeServer(server) }
}

type Server = ReturnType<typeof createAdaptorServer>

function closeServer(server: Server): Promise<void> {
  const closed = Promise.withResolvers<void>()
  server.close(() => closed.resolve())
  if ('closeAllConnections' in server) server.closeAllConnections()
  return closed.promise
}

function explain(error: Error, port: number): Error {
  return 'code' in error && error.code === 'EADDRINUSE' ? new PortInUseError(port, { cause: error }) : error
}

export class PortInUseError extends ApplicationError {
  readonly code = 'PORT_IN_USE'
  readonly port: number

  constructor(port: number, options?: ErrorOptions) {
    const other = port < 65_535 ? port + 1 : 3000
    super(
      {
        es: `El puerto ${port} ya está en uso. Cierre el programa que lo ocupa o use otro: PORT=${other} npm start`,
        en: `Port ${port} is already in use. Close the program that holds it or use another one: PORT=${other} npm start`,
      },
      options,
    )
    this.port = port
  }
}
