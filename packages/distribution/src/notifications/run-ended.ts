import type { CentralDatabase } from '../database/open-central.ts'
import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import type { MessageContent } from './message-content.ts'
import type { MessageSource, Unsendable } from './message-source.ts'
import { greeting } from './user-activation.ts'

/** How a copy ended, as far as people are told. */
export interface EndedRun {
  readonly runId: number
  readonly companyId: number
  readonly storeName: string
  readonly state: string
  readonly copied: number
  readonly updated: number
  readonly unchanged: number
  readonly skipped: number
  readonly errors: number
}

/**
 * «Tu catálogo está listo», with the counts and the way to the store's page. Obsolete when the run is gone; a run that goes
 * on again is told of when it has ended.
 */
export async function runEnded({ central, settings, message }: MessageSource): Promise<MessageContent | Unsendable> {
  const { locale, appUrl } = settings
  const [run] = message.runId === null ? [] : await findEndedRuns(central, [message.runId])
  if (!run) return { unsendable: 'obsolete', reason: 'The copy is gone.' }
  const title = titles[run.state]
  if (!title) return { unsendable: 'failed', reason: 'The copy goes on.' }
  return {
    subject: title[locale],
    paragraphs: [greeting(run.storeName, locale), ...help(run, locale), countsText(run, locale)],
    link: { label: texts.link[locale], url: `${appUrl}${storePath(run)}` },
    language: locale === 'es' ? 'es-CO' : 'en',
  }
}

/** In no order; a run that does not exist is left out. */
export function findEndedRuns(central: CentralDatabase, runIds: readonly number[]): Promise<readonly EndedRun[]> {
  if (runIds.length === 0) return Promise.resolve([])
  return central
    .selectFrom('copy_runs as run')
    .innerJoin('vnt_companies as company', 'company.id', 'run.company_id')
    .select(['run.id as runId', 'run.company_id as companyId', 'company.businessName as storeName'])
    .select(['run.state', 'run.copied', 'run.updated', 'run.unchanged', 'run.skipped', 'run.errors'])
    .where('run.id', 'in', runIds)
    .execute()
}

export function storePath({ companyId }: Pick<EndedRun, 'companyId'>): string {
  return `/stores/${companyId}`
}

/** What happened, in a few words. */
export function runTitle({ state }: Pick<EndedRun, 'state'>): Text {
  return titles[state] ?? texts.other
}

/** `Copiados: 4.950 · Omitidos: 50 · Con errores: 0`. What was there already is said only where there was something. */
export function countsText(run: EndedRun, locale: Locale): string {
  const isSaid = (name: keyof typeof countNames) => run[name] > 0 || alwaysSaid.includes(name)
  return (['copied', 'updated', 'unchanged', 'skipped', 'errors'] as const)
    .filter(isSaid)
    .map((name) => `${countNames[name][locale]}: ${formatNumber(run[name], locale)}`)
    .join(' · ')
}

const countNames = {
  copied: { es: 'Copiados', en: 'Copied' },
  updated: { es: 'Actualizados', en: 'Updated' },
  unchanged: { es: 'Sin cambios', en: 'Unchanged' },
  skipped: { es: 'Omitidos', en: 'Skipped' },
  errors: { es: 'Con errores', en: 'With errors' },
} as const

const alwaysSaid: readonly string[] = ['copied', 'skipped', 'errors']

const titles: Readonly<Record<string, Text>> = {
  completed: { es: 'Tu catálogo está listo', en: 'Your catalogue is ready' },
  completed_with_errors: { es: 'Tu catálogo está listo, con errores', en: 'Your catalogue is ready, with errors' },
  failed: { es: 'No pudimos terminar tu catálogo', en: 'We could not complete your catalogue' },
  cancelled: { es: 'La copia de tu catálogo se canceló', en: 'The copy of your catalogue was cancelled' },
}

function help({ state }: EndedRun, locale: Locale): readonly string[] {
  const text = helps[state]
  return text ? [text[locale]] : []
}

const helps: Readonly<Record<string, Text>> = {
  completed: { es: 'Ya puedes vender todos los productos.', en: 'You can sell every product now.' },
  completed_with_errors: {
    es: 'Ya puedes vender los productos que se copiaron. La distribuidora puede ver cuáles faltan.',
    en: 'You can sell the products that were copied. The distributor can see which ones are missing.',
  },
  failed: {
    es: 'Lo que se copió ya se puede vender. La distribuidora puede copiar de nuevo lo que falta.',
    en: 'What was copied can be sold. The distributor can copy the rest again.',
  },
}

const texts = {
  other: { es: 'La copia de tu catálogo cambió', en: 'The copy of your catalogue has changed' },
  link: { es: 'Ver la tienda', en: 'See the store' },
} as const
