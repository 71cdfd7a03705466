import type { CentralDatabase } from '../database/open-central.ts'
import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import type { MessageContent } from './message-content.ts'
import type { MessageSource, Unsendable } from './message-source.ts'
import { greeting } from './user-activation.ts'

/** How a copy may end, as the kinds of message that tell of it. */
export const runEndKinds = ['copy_completed', 'copy_completed_with_errors', 'copy_failed', 'copy_cancelled'] as const
export type RunEndKind = (typeof runEndKinds)[number]

/** Undefined for any other kind of message. */
export function runEndOf(kind: string): RunEndKind | undefined {
  return runEndKinds.find((each) => each === kind)
}

/** «Tu catálogo está listo», with the counts at the end of the copy and the way to the store's page. */
export function runEnded(kind: RunEndKind): (source: MessageSource) => Promise<MessageContent | Unsendable> {
  return async ({ central, settings, message }) => {
    const { locale, appUrl } = settings
    const [store] = await findStoreNames(central, [message.companyId ?? 0])
    if (!store) return { unsendable: 'obsolete', reason: 'The store is gone.' }
    return {
      subject: titles[kind][locale],
      paragraphs: [greeting(store.name, locale), helps[kind][locale], countsText(message.payload, locale)],
      link: { label: texts.link[locale], url: `${appUrl}${storePath(store.companyId)}` },
      language: locale === 'es' ? 'es-CO' : 'en',
    }
  }
}

export interface NamedStore {
  readonly companyId: number
  readonly name: string
}

/** In no order; a store that does not exist is left out. */
export async function findStoreNames(
  central: CentralDatabase,
  companyIds: readonly number[],
): Promise<readonly NamedStore[]> {
  if (companyIds.length === 0) return []
  return central
    .selectFrom('vnt_companies')
    .select(['id as companyId', 'businessName as name'])
    .where('id', 'in', [...new Set(companyIds)])
    .execute()
}

export function storePath(companyId: number): string {
  return `/stores/${companyId}`
}

/** `Copiados: 4.950 · Omitidos: 50 · Con errores: 0`. What was there already is said only where there was something. */
export function countsText(payload: Readonly<Record<string, unknown>>, locale: Locale): string {
  return countNames
    .map(({ name, isAlwaysSaid, text }) => ({ text, isAlwaysSaid, count: countOf(payload[name]) }))
    .filter(({ isAlwaysSaid, count }) => isAlwaysSaid || count > 0)
    .map(({ text, count }) => `${text[locale]}: ${formatNumber(count, locale)}`)
    .join(' · ')
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}

const countNames = [
  { name: 'copied', isAlwaysSaid: true, text: { es: 'Copiados', en: 'Copied' } },
  { name: 'updated', isAlwaysSaid: false, text: { es: 'Actualizados', en: 'Updated' } },
  { name: 'unchanged', isAlwaysSaid: false, text: { es: 'Sin cambios', en: 'Unchanged' } },
  { name: 'skipped', isAlwaysSaid: true, text: { es: 'Omitidos', en: 'Skipped' } },
  { name: 'errors', isAlwaysSaid: true, text: { es: 'Con errores', en: 'With errors' } },
] as const

const titles: Readonly<Record<RunEndKind, Text>> = {
  copy_completed: { es: 'Tu catálogo está listo', en: 'Your catalogue is ready' },
  copy_completed_with_errors: {
    es: 'Tu catálogo está listo, con errores',
    en: 'Your catalogue is ready, with errors',
  },
  copy_failed: { es: 'No pudimos terminar tu catálogo', en: 'We could not complete your catalogue' },
  copy_cancelled: { es: 'La copia de tu catálogo se canceló', en: 'The copy of your catalogue was cancelled' },
}

const kept: Text = {
  es: 'Lo que se copió ya se puede vender. La distribuidora puede completar lo que falta.',
  en: 'What was copied can be sold. The distributor can complete the rest.',
}

const helps: Readonly<Record<RunEndKind, Text>> = {
  copy_completed: { es: 'Ya puedes vender los productos.', en: 'You can sell the products now.' },
  copy_completed_with_errors: {
    es: 'Ya puedes vender los productos que se copiaron. La distribuidora puede ver cuáles faltan.',
    en: 'You can sell the products that were copied. The distributor can see which ones are missing.',
  },
  copy_failed: kept,
  copy_cancelled: kept,
}

const texts = { link: { es: 'Ver la tienda', en: 'See the store' } } as const
