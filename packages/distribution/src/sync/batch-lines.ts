import { storeCount } from '../copy/runs/run-texts.ts'
import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import { batchLabels, stateLabel } from './batch-texts.ts'
import type { Batch, BatchProgress, BatchStore } from './batches.ts'
import type { PreviewCounts, PublicationPreview } from './preview.ts'

/** A line for each store and one for all of them, before anything is written. */
export function describePreview({ stores, sum }: PublicationPreview, locale: Locale): readonly string[] {
  const lines = stores.map(({ companyId, name, problem, ...counts }) => {
    const what = problem ? problem[locale] : countsLine(counts, locale)
    return `${texts.store[locale]} ${companyId} ${name}: ${what}`
  })
  const count = storeCount(stores.length)
  const total = { es: `Total de ${count.es}`, en: `Total of ${count.en}` }
  return [...lines, `${total[locale]}: ${countsLine(sum, locale)}`]
}

function countsLine({ added, changed, same, discontinued, conflicts }: PreviewCounts, locale: Locale): string {
  const parts = [
    ['+', added, texts.added],
    ['~', changed, texts.changed],
    ['=', same, texts.same],
    ['−', discontinued, texts.discontinued],
    ['!', conflicts, texts.conflicts],
  ] as const
  return parts.map(([mark, count, text]) => `${mark}${formatNumber(count, locale)} ${text[locale]}`).join(', ')
}

export function publishedLine({ id, stores, state }: BatchProgress): Text {
  const count = storeCount(stores.length)
  if (state === 'paused') {
    return {
      es: `Publicación ${id} en pausa: ${count.es}. Reanúdela con «sync:resume ${id}».`,
      en: `Publication ${id} is paused: ${count.en}. Resume it with "sync:resume ${id}".`,
    }
  }
  return {
    es: `Publicación ${id} en marcha: ${count.es}. Sígala con «sync:status ${id}».`,
    en: `Publication ${id} is under way: ${count.en}. Follow it with "sync:status ${id}".`,
  }
}

/** A publication in a line, its stores by state, and a line for each store. */
export function describeBatch(batch: BatchProgress, locale: Locale): readonly string[] {
  const counts = Object.entries(batch.counts).map(
    ([state, count]) => `${stateLabel(state).text[locale].toLowerCase()}: ${formatNumber(count, locale)}`,
  )
  return [
    `${texts.publication[locale]} ${batch.id} · ${batchLabels[batch.state].text[locale]} · ${batch.percent} %`,
    `${texts.ended[locale]}: ${formatNumber(batch.ended, locale)}/${formatNumber(batch.stores.length, locale)} (${counts.join(', ')})`,
    ...batch.stores.map((store) => `  ${storeLine(store, locale)}`),
  ]
}

function storeLine({ companyId, name, state, runId, ...copy }: BatchStore, locale: Locale): string {
  const head = `${texts.store[locale]} ${companyId} ${name}: ${stateLabel(state).text[locale]}`
  if (runId === null) return head
  const total = copy.total === null ? '?' : formatNumber(copy.total, locale)
  const progress = `${formatNumber(copy.processed, locale)}/${total}`
  const written = `${formatNumber(copy.written, locale)} ${texts.written[locale]}`
  const error = copy.error === null ? '' : ` · ${copy.error}`
  return `${head} · ${texts.copy[locale]} ${runId} · ${progress} · ${written}${error}`
}

/** The latest publications, newest first. */
export function tableOfBatches(batches: readonly Batch[], locale: Locale): readonly string[] {
  if (batches.length === 0) return [texts.none[locale]]
  return batches.map(
    ({ id, state, createdAt }) =>
      `${texts.publication[locale]} ${id} · ${batchLabels[state].text[locale]} · ${createdAt} (UTC)`,
  )
}

const texts = {
  publication: { es: 'Publicación', en: 'Publication' },
  store: { es: 'Tienda', en: 'Store' },
  copy: { es: 'copia', en: 'copy' },
  written: { es: 'escritos', en: 'written' },
  ended: { es: 'Tiendas terminadas', en: 'Stores that have ended' },
  added: { es: 'nuevos', en: 'new' },
  changed: { es: 'cambian', en: 'change' },
  same: { es: 'iguales', en: 'the same' },
  discontinued: { es: 'descontinuados', en: 'discontinued' },
  conflicts: { es: 'conflictos', en: 'conflicts' },
  none: {
    es: 'Todavía no hay publicaciones. Haga la primera con «catalog:publish».',
    en: 'There are no publications yet. Make the first with "catalog:publish".',
  },
} as const satisfies Record<string, Text>
