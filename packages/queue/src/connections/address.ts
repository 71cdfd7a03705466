import { InvalidOptionError } from '../errors.ts'

/** Where a server is and who we are. */
export interface Address<Ssl = never> {
  readonly host: string
  readonly port?: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly ssl?: Ssl
}

interface MysqlSsl {
  rejectUnauthorized: boolean
  verifyIdentity?: boolean
}

type PostgresSsl = false | { rejectUnauthorized: boolean }

/** What a client is told of TLS, by what follows the `?` of a URL. The words mean what the servers' own clients mean. */
type TlsSettings<Ssl> = Readonly<Record<string, Pick<Address<Ssl>, 'ssl'>>>

const mysqlTls: TlsSettings<MysqlSsl> = {
  'ssl=true': { ssl: { rejectUnauthorized: true, verifyIdentity: true } },
  'ssl-mode=VERIFY_IDENTITY': { ssl: { rejectUnauthorized: true, verifyIdentity: true } },
  'ssl-mode=REQUIRED': { ssl: { rejectUnauthorized: false } },
  'ssl-mode=DISABLED': {},
}

const postgresTls: TlsSettings<PostgresSsl> = {
  'sslmode=verify-full': { ssl: { rejectUnauthorized: true } },
  'sslmode=require': { ssl: { rejectUnauthorized: false } },
  'sslmode=disable': { ssl: false },
}

/** The parts of `mysql://user:password@host:3306/database`; throws `InvalidOptionError`, which shows no password. */
export function mysqlAddressOf(text: string): Address<MysqlSsl> {
  return addressOf(text, ['mysql', 'mariadb'], mysqlTls)
}

/** The parts of `postgres://user:password@host:5432/database`; throws `InvalidOptionError`, which shows no password. */
export function postgresAddressOf(text: string): Address<PostgresSsl> {
  return addressOf(text, ['postgres', 'postgresql'], postgresTls)
}

function addressOf<Ssl>(text: string, protocols: readonly string[], tls: TlsSettings<Ssl>): Address<Ssl> {
  const url = URL.parse(text)
  if (!url || !protocols.includes(url.protocol.slice(0, -1)) || url.pathname.length < 2) {
    const expected = `a URL such as ${protocols[0]}://user:password@host/database`
    throw new InvalidOptionError('settings', 'a text that is no such URL', expected)
  }
  return {
    // An IPv6 address stands in brackets.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port !== '' && { port: Number(url.port) }),
    user: decode(url.username),
    password: decode(url.password),
    database: decode(url.pathname.slice(1)),
    ...tlsOf(url, tls),
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new InvalidOptionError('settings', 'a URL with a % that stands for itself', 'each such % as %25')
  }
}

/** A parameter that is not understood is refused: it may be what keeps the password secret on its way. */
function tlsOf<Ssl>({ search, searchParams }: URL, tls: TlsSettings<Ssl>): Pick<Address<Ssl>, 'ssl'> | undefined {
  const query = search.slice(1)
  if (query === '' || Object.hasOwn(tls, query)) return tls[query]
  // Behind the ? of a password that was not encoded stands the rest of it.
  const shown = query.includes('@') ? 'unknown parameters' : `the parameters ${[...searchParams.keys()].join(', ')}`
  const expected = `none, or one of ${Object.keys(tls).join(', ')}`
  throw new InvalidOptionError('settings', `a URL with ${shown.slice(0, 80)}`, expected)
}
