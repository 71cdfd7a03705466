import type { MiddlewareHandler } from 'hono'
import type { Locale, Text } from '../i18n/locale.ts'

/** What the Node adapter tells of the connection; absent when a test calls the application without a port. */
export interface HttpEnvironment {
  Bindings: { readonly incoming?: { readonly socket: { readonly localPort?: number | undefined } } }
}

const ownHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?$/i

/**
 * Answers only to this machine's own names. A page elsewhere can point its own name at 127.0.0.1 and would then share
 * an origin with us; the Host header gives it away.
 */
export function refuseForeignHosts(locale: Locale): MiddlewareHandler<HttpEnvironment> {
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host
    const port = c.env?.incoming?.socket.localPort
    const match = ownHost.exec(host)
    if (match && (port === undefined || Number(match[1] ?? 80) === port)) return next()
    return c.text(foreignHost(clip(host), port)[locale], 403)
  }
}

/** A request that changes something must come from our own pages: browsers name the origin of every POST. */
export function refuseForeignOrigins(locale: Locale): MiddlewareHandler<HttpEnvironment> {
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const expected = `http://${c.req.header('host') ?? new URL(c.req.url).host}`
    const origin = c.req.header('origin')
    if (origin?.toLowerCase() === expected.toLowerCase()) return next()
    return c.text(foreignOrigin(origin === undefined ? undefined : clip(origin), expected)[locale], 403)
  }
}

function foreignHost(host: string, port: number | undefined): Text {
  const address = port === undefined ? 'http://localhost' : `http://localhost:${port}`
  return {
    es: `Este servidor no responde al nombre «${host}». Abra ${address} en este mismo equipo.`,
    en: `This server does not answer to the name "${host}". Open ${address} on this machine.`,
  }
}

function foreignOrigin(origin: string | undefined, expected: string): Text {
  const es = origin === undefined ? 'La solicitud no dice de dónde viene' : `La solicitud viene de «${origin}»`
  const en =
    origin === undefined ? 'The request does not say where it comes from' : `The request comes from "${origin}"`
  return {
    es: `${es} y no se hizo nada. Envíe el encabezado «Origin: ${expected}» o use el formulario de la página.`,
    en: `${en} and nothing was done. Send the header "Origin: ${expected}", or use the form on the page.`,
  }
}

function clip(text: string): string {
  return text.slice(0, 100)
}
