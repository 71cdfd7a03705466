import { InvalidOptionError } from '../errors.ts'

/** Where a server is and who we are. */
export interface Address {
  readonly host: string
  readonly port?: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** The parts of `mysql://user:password@host:3306/database`; throws `InvalidOptionError`, which shows no password. */
export function addressOf(text: string, protocols: readonly string[]): Address {
  const url = URL.parse(text)
  if (!url || !protocols.includes(url.protocol.slice(0, -1)) || url.pathname.length < 2) {
    const expected = `a URL such as ${protocols[0]}://user:password@host/database`
    throw new InvalidOptionError('settings', 'a text that is no such URL', expected)
  }
  return {
    host: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  }
}
