import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { ApplicationError } from '../errors.ts'

/** How a sealed text begins: another way to seal gets another one, and this stays readable. */
const version = 'v1:'
const ivBytes = 12
const tagBytes = 16

/**
 * Seals the passwords of stores' users: AES-256-GCM under a key that HKDF makes of APP_KEY, bound to the user's name, so
 * that a text put into another row opens nothing.
 */
export class CredentialSeal {
  readonly #keys: readonly Buffer[]

  /** APP_KEY, then the earlier ones: the first seals, all open. Plain or `base64:…`. */
  constructor(keys: readonly string[]) {
    this.#keys = keys.map(deriveKey)
  }

  /** False of a password as the original application wrote it. */
  static isSealed(password: string): boolean {
    return password.startsWith(version)
  }

  /** Throws `UnreadableCredentialError` without a key. */
  seal(password: string, user: string): string {
    const [key] = this.#keys
    if (!key) throw new UnreadableCredentialError(user)
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(user))
    const sealed = Buffer.concat([cipher.update(password, 'utf8'), cipher.final()])
    return version + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** Throws `UnreadableCredentialError` when no key fits or the text was changed; the error holds nothing of either. */
  open(sealed: string, user: string): string {
    if (CredentialSeal.isSealed(sealed)) {
      const bytes = Buffer.from(sealed.slice(version.length), 'base64url')
      for (const key of this.#keys) {
        const password = openWith(key, bytes, user)
        if (password !== undefined) return password
      }
    }
    throw new UnreadableCredentialError(user)
  }
}

function deriveKey(text: string): Buffer {
  const secret = text.startsWith('base64:') ? Buffer.from(text.slice(7), 'base64') : Buffer.from(text)
  return Buffer.from(hkdfSync('sha256', secret, '', 'surtidor tenants.db_password v1', 32))
}

function openWith(key: Buffer, bytes: Buffer, user: string): string | undefined {
  if (bytes.length < ivBytes + tagBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes))
    .setAAD(Buffer.from(user))
    .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

export class UnreadableCredentialError extends ApplicationError {
  readonly code = 'UNREADABLE_CREDENTIAL'

  constructor(user: string) {
    super({
      es: `No se puede leer la contraseña del usuario ${user} de una tienda: APP_KEY no es la clave con la que se guardó. Ponga en .env la de entonces en APP_KEY, o entre las de APP_PREVIOUS_KEYS.`,
      en: `The password of a store's user ${user} cannot be read: APP_KEY is not the key with which it was stored. Set in .env the one of then as APP_KEY, or among those of APP_PREVIOUS_KEYS.`,
    })
  }
}
