import { inspect } from 'node:util'
import type { Text } from '../i18n/locale.ts'

/** The sentences about a wrong field; each names the value and what to type instead. */
export function missing(label: Text): Text {
  return {
    es: `Escriba ${startLower(label.es)}: es un dato obligatorio.`,
    en: `Give ${startLower(label.en)}: it is required.`,
  }
}

export function notChosen(label: Text): Text {
  return {
    es: `Elija ${startLower(label.es)}: es un dato obligatorio.`,
    en: `Choose ${startLower(label.en)}: it is required.`,
  }
}

function startLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

export function damaged(label: Text): Text {
  return {
    es: `${label.es} tiene texto dañado (caracteres que no se pueden leer). Escríbalo de nuevo a mano.`,
    en: `${label.en} holds damaged text (characters that cannot be read). Type it again by hand.`,
  }
}

/** What a program sent, and what is to be sent. */
export function wrongKind(label: Text, sent: unknown, wanted: Text): Text {
  const shown = inspect(sent, {
    depth: 1,
    maxArrayLength: 3,
    maxStringLength: 40,
    breakLength: Number.POSITIVE_INFINITY,
  })
  return {
    es: `${label.es} llegó como ${shown}: aquí va ${wanted.es}.`,
    en: `${label.en} came as ${shown}: here goes ${wanted.en}.`,
  }
}

interface Length {
  readonly min: number
  readonly max: number
  readonly length: number
}

export function wrongLength(label: Text, { min, max, length }: Length): Text {
  return {
    es: `${label.es} tiene ${length} ${length === 1 ? 'carácter' : 'caracteres'}: escriba entre ${min} y ${max}.`,
    en: `${label.en} has ${length} ${length === 1 ? 'character' : 'characters'}: give ${min} to ${max}.`,
  }
}

export function unknownChoice(label: Text, typed: string, options: readonly string[]): Text {
  const shown = typed.slice(0, 40)
  return {
    es: `${label.es} «${shown}» no existe: use ${options.join(', ')}.`,
    en: `${label.en} cannot be "${shown}": use ${options.join(', ')}.`,
  }
}

export function badEmail(value: string): Text {
  return {
    es: `«${value}» no es un correo electrónico: escríbalo como nombre@ejemplo.com.`,
    en: `"${value}" is not an e-mail address: write it as name@example.com.`,
  }
}

export function badPhone(value: string): Text {
  return {
    es: `«${value}» no es un teléfono: escriba solo dígitos, espacios, guiones o puntos, como 300 123 4567.`,
    en: `"${value}" is not a phone number: give digits, spaces, dashes or dots only, such as 300 123 4567.`,
  }
}

export function notLetters(value: string): Text {
  return {
    es: `«${value}» no es un nombre de persona: escriba solo letras y espacios.`,
    en: `"${value}" is not the name of a person: give letters and spaces only.`,
  }
}

export function notDigits(value: string): Text {
  return {
    es: `«${value}» no es un código: escriba solo dígitos.`,
    en: `"${value}" is not a code: give digits only.`,
  }
}
