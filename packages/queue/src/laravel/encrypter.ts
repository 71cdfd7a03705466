import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { InvalidOptionError, InvalidPayloadError } from '../errors.ts'

/**
 * Laravel's encryption, as its `Encrypter` does it: base64 of a JSON object {iv, value, mac, tag}. With CBC `mac` is the
 * hexadecimal HMAC-SHA256 of the two base64 texts; with GCM `tag` authenticates and `mac` is empty.
 */
export type CipherMode = 'cbc' | 'gcm'

export class Encrypter {
  readonly #keys: readonly Buffer[]
  readonly #mode: CipherMode

  /** `keys` as in `APP_KEY` and `APP_PREVIOUS_KEYS`: the first encrypts, all decrypt whatever the mode. 16 or 32 bytes each, plain or `base64:…`. Throws `InvalidOptionError`. */
  constructor(keys: readonly string[], mode: CipherMode = 'cbc') {
    this.#keys = keys.map(parseKey)
    this.#mode = mode
  }

  /** Throws `InvalidPayloadError` when no key fits or the text was changed; the error holds nothing of either. */
  decrypt(text: string): Buffer {
    const envelope = readEnvelope(text)
    for (const key of this.#keys) {
      const plain = envelope.tag ? openGcm(envelope, key) : openCbc(envelope, key)
      if (plain) return plain
    }
    throw new InvalidPayloadError(
      'its command is encrypted with a key that is neither APP_KEY nor one of APP_PREVIOUS_KEYS, or was damaged',
    )
  }

  encrypt(plain: Uint8Array): string {
    const [key] = this.#keys
    if (!key) throw new InvalidPayloadError('APP_KEY is not set, and the job is to be encrypted')
    const sealed = this.#mode === 'gcm' ? sealGcm(plain, key) : sealCbc(plain, key)
    return Buffer.from(JSON.stringify(sealed)).toString('base64')
  }
}

interface Envelope {
  readonly iv: string
  readonly value: string
  readonly mac: string
  readonly tag: string
}

function parseKey(text: string): Buffer {
  const key = text.startsWith('base64:') ? Buffer.from(text.slice(7), 'base64') : Buffer.from(text)
  if (key.length === 16 || key.length === 32) return key
  throw new InvalidOptionError(
    'laravel.keys',
    `a key of ${key.length} bytes`,
    'APP_KEY as it stands in .env: 16 or 32 bytes',
  )
}

function readEnvelope(text: string): Envelope {
  const parsed = parseJson(Buffer.from(text, 'base64').toString())
  const { iv, value, mac, tag } = parsed
  if (typeof iv !== 'string' || typeof value !== 'string') throw damaged()
  return { iv, value, mac: typeof mac === 'string' ? mac : '', tag: typeof tag === 'string' ? tag : '' }
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    throw damaged()
  }
}

function damaged(): InvalidPayloadError {
  return new InvalidPayloadError('its command is neither serialized nor encrypted as Laravel does it')
}

function sealCbc(plain: Uint8Array, key: Buffer): Envelope {
  const iv = randomBytes(16)
  const cipher = createCipheriv(cbcOf(key), key, iv)
  const value = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64')
  const ivText = iv.toString('base64')
  return { iv: ivText, value, mac: macOf(ivText + value, key).toString('hex'), tag: '' }
}

function sealGcm(plain: Uint8Array, key: Buffer): Envelope {
  const iv = randomBytes(12)
  const cipher = createCipheriv(gcmOf(key), key, iv)
  const value = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64')
  return { iv: iv.toString('base64'), value, mac: '', tag: cipher.getAuthTag().toString('base64') }
}

function openCbc({ iv, value, mac }: Envelope, key: Buffer): Buffer | undefined {
  const given = Buffer.from(mac, 'hex')
  const expected = macOf(iv + value, key)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return open(() => createDecipheriv(cbcOf(key), key, Buffer.from(iv, 'base64')), value)
}

function openGcm({ iv, value, tag }: Envelope, key: Buffer): Buffer | undefined {
  const tagBytes = Buffer.from(tag, 'base64')
  if (tagBytes.length !== 16) return undefined
  const make = () => createDecipheriv(gcmOf(key), key, Buffer.from(iv, 'base64')).setAuthTag(tagBytes)
  return open(make, value)
}

interface Decipher {
  update(data: Buffer): Buffer
  final(): Buffer
}

function open(make: () => Decipher, value: string): Buffer | undefined {
  try {
    const decipher = make()
    return Buffer.concat([decipher.update(Buffer.from(value, 'base64')), decipher.final()])
  } catch {
    return undefined
  }
}

function macOf(text: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function cbcOf(key: Buffer): 'aes-128-cbc' | 'aes-256-cbc' {
  return key.length === 16 ? 'aes-128-cbc' : 'aes-256-cbc'
}

function gcmOf(key: Buffer): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
}
