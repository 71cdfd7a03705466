import { isStructure, type PhpKey, type PhpProperty, type PhpStructure, type PhpValue } from './value.ts'

/** Writes a value as PHP's `serialize` does: lengths in bytes, floats as short as they can be. The answer is bytes. */
export function serialize(value: PhpValue): Buffer {
  const parts: Buffer[] = []
  write(value, parts)
  return Buffer.concat(parts)
}

function write(value: PhpValue, parts: Buffer[]): void {
  if (isStructure(value)) writeStructure(value, parts)
  else parts.push(scalar(value))
}

function scalar(value: Exclude<PhpValue, PhpStructure>): Buffer {
  switch (typeof value) {
    case 'boolean':
      return Buffer.from(`b:${value ? 1 : 0};`)
    case 'number':
    case 'bigint':
      return Buffer.from(`i:${value};`)
    case 'string':
      return Buffer.concat([quoted('s', Buffer.from(value)), semicolon])
    default:
      return value === null ? Buffer.from('N;') : Buffer.concat([quoted('s', value), semicolon])
  }
}

function writeStructure(value: PhpStructure, parts: Buffer[]): void {
  switch (value.php) {
    case 'float':
      parts.push(Buffer.from(`d:${floatText(value.value)};`))
      break
    case 'array':
      parts.push(Buffer.from(`a:${value.entries.length}:{`))
      for (const [key, each] of value.entries) {
        writeKey(key, parts)
        write(each, parts)
      }
      parts.push(closing)
      break
    case 'object':
      parts.push(quoted('O', Buffer.from(value.className)), Buffer.from(`:${value.properties.length}:{`))
      for (const property of value.properties) {
        writeKey(mangled(property), parts)
        write(property.value, parts)
      }
      parts.push(closing)
      break
    case 'enum':
      parts.push(quoted('E', Buffer.from(`${value.className}:${value.caseName}`)), semicolon)
      break
    case 'custom':
      parts.push(quoted('C', Buffer.from(value.className)), Buffer.from(`:${value.data.length}:{`))
      parts.push(Buffer.from(value.data), closing)
      break
    case 'reference':
      parts.push(Buffer.from(`${value.letter}:${value.slot};`))
  }
}

function writeKey(key: PhpKey, parts: Buffer[]): void {
  parts.push(scalar(key))
}

function mangled({ name, visibility, declaredBy }: PhpProperty): string {
  if (visibility === 'public') return name
  return visibility === 'protected' ? `\0*\0${name}` : `\0${declaredBy}\0${name}`
}

const semicolon = Buffer.from(';')
const closing = Buffer.from('}')
const quote = Buffer.from('"')

function quoted(letter: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${letter}:${bytes.length}:"`), bytes, quote])
}

/** As `serialize_precision = -1` writes it: the shortest text that reads back the same, with an exponent as in `1.0E+25`. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (!Number.isFinite(value)) return String(value).replace('Infinity', 'INF').replace('NaN', 'NAN')
  const [digits = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  return exponent >= -4 && exponent <= 16 ? fixedText(value, digits, exponent) : scientificText(digits, exponent)
}

/** JavaScript turns to exponents at other places than PHP. */
function fixedText(value: number, digits: string, exponent: number): string {
  if (exponent >= 0) return String(value)
  const sign = digits.startsWith('-') ? '-' : ''
  return `${sign}0.${'0'.repeat(-exponent - 1)}${digits.replace(/[-.]/g, '')}`
}

function scientificText(digits: string, exponent: number): string {
  const mantissa = digits.includes('.') ? digits : `${digits}.0`
  return `${mantissa}E${exponent < 0 ? '' : '+'}${exponent}`
}
