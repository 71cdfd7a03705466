import { isUtf8 } from 'node:buffer'
import { formatNumber } from '../i18n/locale.ts'
import { UnusablePriceListError } from './price-list-errors.ts'

export interface DecodedPriceList {
  readonly text: string
  readonly encoding: 'utf-8' | 'utf-16' | 'windows-1252'
}

/** A text whose damaged characters became `�`, and what stood there: `0x90`, or `U+FFFD` when the file already held it. */
export interface RepairedText {
  readonly text: string
  readonly bytes: readonly string[]
}

/** Bytes of the largest price list that is read. */
export const maxPriceListBytes = 64 * 1024 * 1024

/**
 * The text of a price list. Spreadsheets save UTF-8 with a mark, UTF-16 with a mark, or the Windows-1252 of a Spanish
 * desktop, and none of them says which. Throws UnusablePriceListError for anything else that can be told apart.
 */
export function decodePriceList(bytes: Uint8Array): DecodedPriceList {
  if (bytes.length === 0) throw new UnusablePriceListError(emptyFile)
  refuseTooLarge(bytes.length)
  const decoded = decode(bytes)
  if (decoded.text.includes('\0')) throw new UnusablePriceListError(binaryFile)
  if (decoded.text.trim() === '') throw new UnusablePriceListError(emptyFile)
  refuseForeign(decoded)
  return decoded
}

/** Throws UnusablePriceListError; asked before a file is read, so that a huge one never fills the memory. */
export function refuseTooLarge(bytes: number): void {
  if (bytes > maxPriceListBytes) throw new UnusablePriceListError(tooLarge(bytes))
}

/** Replaces what could not be decoded by `�`, so that a line with one bad byte keeps its other letters. */
export function repair(text: string, encoding: DecodedPriceList['encoding']): RepairedText {
  const bytes = (text.match(damaged[encoding]) ?? []).map(nameOf)
  return bytes.length === 0 ? { text, bytes } : { text: text.replaceAll(damaged[encoding], '\uFFFD'), bytes }
}

/** The letter that the byte is in CP850, the code page of DOS, which is where these bytes usually come from. */
export function letterInCp850(byte: string): string | undefined {
  return cp850[byte]
}

const cp850: Readonly<Record<string, string>> = { '0x81': 'ü', '0x8D': 'ì', '0x8F': 'Å', '0x90': 'É', '0x9D': 'Ø' }

// Windows-1252 defines no character for these five bytes; decoders pass them through as C1 controls of the same number.
const damaged = {
  'utf-8': /\uFFFD/g,
  'utf-16': /\uFFFD/g,
  'windows-1252': /[\u0081\u008D\u008F\u0090\u009D\uFFFD]/g,
} as const

function nameOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  return code.length > 2 ? `U+${code}` : `0x${code}`
}

function decode(bytes: Uint8Array): DecodedPriceList {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: decodeAs('utf-16le', bytes), encoding: 'utf-16' }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { text: decodeAs('utf-16be', bytes), encoding: 'utf-16' }
  const text = decodeAs('utf-8', bytes)
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  if (isMarked || isUtf8(bytes) || isMostlyUtf8(text)) return { text, encoding: 'utf-8' }
  return { text: decodeAs('windows-1252', bytes), encoding: 'windows-1252' }
}

function decodeAs(encoding: string, bytes: Uint8Array): string {
  return new TextDecoder(encoding).decode(bytes)
}

// Accents of Windows-1252 are almost never valid UTF-8, so one broken byte in a UTF-8 file does not turn all its accents to «Ã©».
function isMostlyUtf8(text: string): boolean {
  const broken = text.match(/\uFFFD/g)?.length ?? 0
  const whole = text.match(/[^\p{ASCII}\uFFFD]/gu)?.length ?? 0
  return whole > broken
}

function refuseForeign({ text, encoding }: DecodedPriceList): void {
  const broken = text.match(damaged[encoding])?.length ?? 0
  const isBroken = broken > 10 && broken > text.length / 100
  const isGuessed = encoding === 'windows-1252'
  const foreign = isGuessed ? (text.match(/[^\p{ASCII}]/gu)?.length ?? 0) : 0
  if (isBroken || foreign > text.length / 5) throw new UnusablePriceListError(foreignText(Math.max(broken, foreign)))
}

const emptyFile = {
  es: 'El archivo está vacío. Una lista de precios empieza con un encabezado, por ejemplo «sku;nombre;precio».',
  en: 'The file is empty. A price list starts with a header, for example "sku;nombre;precio".',
}

const binaryFile = {
  es: 'El archivo no es texto, o es UTF-16 sin marca. Si es una hoja de cálculo, guárdela como «CSV UTF-8» e importe ese archivo.',
  en: 'The file is not text, or is UTF-16 without a mark. If it is a spreadsheet, save it as "CSV UTF-8" and import that file.',
}

function tooLarge(bytes: number) {
  const megabytes = Math.ceil(bytes / 1024 / 1024)
  return {
    es: `El archivo pesa ${formatNumber(megabytes, 'es')} MiB y el máximo es 64. Divídalo en varias listas.`,
    en: `The file has ${formatNumber(megabytes, 'en')} MiB and the most is 64. Split it into several lists.`,
  }
}

function foreignText(characters: number) {
  return {
    es: `El archivo está en otra codificación: ${formatNumber(characters, 'es')} caracteres no son texto en español. Guárdelo como «CSV UTF-8» e intente de nuevo.`,
    en: `The file is in another encoding: ${formatNumber(characters, 'en')} of its characters are no Spanish text. Save it as "CSV UTF-8" and try again.`,
  }
}
