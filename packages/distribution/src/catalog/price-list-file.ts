import { readFile, stat } from 'node:fs/promises'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { refuseTooLarge } from './price-list-encoding.ts'
import { quoted } from './price-list-errors.ts'

/** A file that should hold a price list, or receive one, is missing, in the way or not permitted. */
export class PriceListFileError extends ApplicationError {
  readonly code = 'PRICE_LIST_FILE'
}

/** The bytes of the file. Throws PriceListFileError, or UnusablePriceListError when it is too large to be read. */
export async function readPriceListFile(path: string): Promise<Uint8Array> {
  try {
    const file = await stat(path)
    if (!file.isFile()) throw new PriceListFileError(notFile(path))
    refuseTooLarge(file.size)
    return await readFile(path)
  } catch (error) {
    throw describeFileError(error, path)
  }
}

/** Turns what the file system answered into a sentence with the path; other errors come back as they are. */
export function describeFileError(error: unknown, path: string): unknown {
  if (!isFileSystemError(error)) return error
  return new PriceListFileError(sentences[error.code]?.(path) ?? otherReason(path, error.code), { cause: error })
}

function isFileSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}

const sentences: Readonly<Record<string, (path: string) => Text>> = {
  ENOENT: (path) => ({
    es: `No existe ${quoted(path)}. Revise la ruta; una ruta relativa empieza en la carpeta actual.`,
    en: `${quoted(path)} does not exist. Check the path; a relative one starts in the current folder.`,
  }),
  EACCES: (path) => ({
    es: `No hay permiso para usar ${quoted(path)}. Cambie los permisos o use otra ruta.`,
    en: `There is no permission to use ${quoted(path)}. Change its permissions or use another path.`,
  }),
  EEXIST: (path) => ({
    es: `${quoted(path)} ya existe y no se sobrescribe. Bórrelo o use otro nombre.`,
    en: `${quoted(path)} already exists and is not overwritten. Remove it or use another name.`,
  }),
  ENOSPC: (path) => ({
    es: `No queda espacio en disco para ${quoted(path)}. Libere espacio e intente de nuevo.`,
    en: `There is no space left on the disk for ${quoted(path)}. Free some and try again.`,
  }),
}

function notFile(path: string): Text {
  return {
    es: `${quoted(path)} no es un archivo. Dé la ruta de una lista de precios en CSV.`,
    en: `${quoted(path)} is not a file. Give the path of a price list in CSV.`,
  }
}

function otherReason(path: string, code: string): Text {
  return {
    es: `No se puede usar ${quoted(path)} (${code}). Revise la ruta e intente de nuevo.`,
    en: `${quoted(path)} cannot be used (${code}). Check the path and try again.`,
  }
}
