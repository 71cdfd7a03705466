import crypto, { type Argon2Parameters, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Text } from '../i18n/locale.ts'

/**
 * Argon2id with the least that OWASP advises: 19 MiB, two passes, one lane. The text is the usual one, so that PHP's
 * `password_verify` reads it too.
 */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const
const saltBytes = 16
const tagLength = 32

/** Looked up when it is needed: a Node before 24.7 has none, and does everything else. */
function derive(parameters: Argon2Parameters): Promise<Buffer> {
  return promisify(crypto.argon2)('argon2id', parameters)
}

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, about 50 ms of one core. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(saltBytes)
  const tag = await derive({ message: normal(password), nonce, tagLength, ...cost })
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(nonce)}$${unpadded(tag)}`
}

/** False also for a text that is no hash of ours. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const match = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([\w+/]{11,86})\$([\w+/]{16,86})$/.exec(hash)
  if (!match) return false
  const [memory = 0, passes = 0, parallelism = 0] = match.slice(1, 4).map(Number)
  const [nonce, expected] = match.slice(4).map((text) => Buffer.from(text, 'base64'))
  if (!nonce || !expected) return false
  const settings = { memory, passes, parallelism, nonce, tagLength: expected.length }
  return timingSafeEqual(await derive({ message: normal(password), ...settings }), expected)
}

const minLength = 8
const maxLength = 128

/** What everybody tries first, the password of the original application among them. */
const known = /^(?:(.)\1*|12345678\d*|87654321|contrase[nñ]a\d*|password\d*|qwerty\w*|tienda\d*|colombia\d*)$/i

/** Why a password cannot be taken; undefined when it can. `own` are texts that others know of the person. */
export function passwordProblem(password: string, own: readonly string[]): Text | undefined {
  const length = [...password].length
  if (!password.isWellFormed() || length < minLength || length > maxLength) return wrongLength
  const isOwn = own.some((text) => normal(text).toLowerCase() === normal(password).toLowerCase())
  return isOwn || known.test(password) ? easyToGuess : undefined
}

/** Phones differ in how they write an accent. */
function normal(text: string): string {
  return text.normalize('NFKC')
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

const wrongLength: Text = {
  es: `La contraseña debe tener entre ${minLength} y ${maxLength} caracteres.`,
  en: `The password must have ${minLength} to ${maxLength} characters.`,
}

const easyToGuess: Text = {
  es: 'Esa contraseña se adivina fácilmente. Escriba otra, por ejemplo tres palabras que solo usted junte.',
  en: 'That password is easy to guess. Give another one, such as three words that only you would put together.',
}
