import { formatNumber, type Locale, type Text } from '../../i18n/locale.ts'
import { type Html, html } from '../../pages/html.ts'
import type { Page } from '../../pages/layout.ts'
import { laterRunText } from './later-run-text.ts'
import { type KeepReason, keepReasonTexts } from './undo-rules.ts'
import type { UndoneRun } from './undo-run.ts'

/** Says what undoing a run would remove from the store, and what stays there and why, before anything is removed. */
export function confirmUndoPage(undone: UndoneRun, locale: Locale): Page {
  const { run, removed, kept } = undone
  const later = laterRunText(undone)
  const store = `/stores/${run.companyId}`
  return {
    title: texts.title,
    section: 'stores',
    content: html`<div class="panel message">
<h1>${texts.title[locale]}</h1>
<p>${question(removed)[locale]}</p>
${kept.size > 0 && keptList(kept, locale)}
${later && html`<p><strong>${later[locale]}</strong></p>`}
<div class="actions">
<form method="post" action="${store}/runs/${run.id}/undo"><button class="button button-danger">${label(removed)[locale]}</button></form>
<a class="button button-quiet" href="${store}">${texts.back[locale]}</a>
</div>
</div>`,
  }
}

function keptList(kept: UndoneRun['kept'], locale: Locale): Html {
  return html`<p>${texts.stays[locale]}</p>
<ul>${[...kept].map(([reason, count]) => keptItem(reason, count, locale))}</ul>`
}

function keptItem(reason: KeepReason, count: number, locale: Locale): Html {
  return html`<li>${keepReasonTexts[reason][locale]}: ${formatNumber(count, locale)}</li>`
}

/** A run that brought nothing is undone too: it stands as cancelled then. */
function question(removed: number): Text {
  if (removed === 0)
    return {
      es: 'No hay productos por quitar: la copia queda cancelada y la tienda como está.',
      en: 'There is no product to remove: the copy is cancelled and the store stays as it is.',
    }
  return {
    es: `Se quitan de la tienda los productos que trajo esta copia y que nadie ha cambiado desde entonces: ${formatNumber(removed, 'es')}.`,
    en: `The products that this copy brought and that nobody has changed since are removed from the store: ${formatNumber(removed, 'en')}.`,
  }
}

function label(removed: number): Text {
  if (removed === 0) return { es: 'Deshacer la copia', en: 'Undo the copy' }
  return { es: `Quitar ${formatNumber(removed, 'es')}`, en: `Remove ${formatNumber(removed, 'en')}` }
}

const texts = {
  title: { es: '¿Deshacer la copia?', en: 'Undo the copy?' },
  stays: { es: 'Estos se quedan:', en: 'These stay:' },
  back: { es: 'No, volver a la tienda', en: 'No, back to the store' },
} as const satisfies Readonly<Record<string, Text>>
