import type { FailedJob } from '@surtidor/queue'
import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import { moment } from '../pages/moments.ts'
import type { Described } from './described-jobs.ts'

/** Longer texts would make the page heavy; the whole of it stands in the database. */
const maxShown = 20_000

/** One failed job: what, when and why at a glance, the rest folded. */
export function failedJobCard(job: Described<FailedJob>, locale: Locale): Html {
  const { title, name, payload, maxTries } = job.description
  const path = `/jobs/failed/${encodeURIComponent(job.uuid)}`
  return html`<li class="job" id="job-${job.uuid}">
<div class="job-head">
<h3>${title[locale]}</h3>
<p class="muted facts"><span>${moment(job.failedAt, locale)}</span><span>${texts.queue[locale]} <code>${job.queue}</code></span><span><code>${name}</code></span>${maxTries !== null && html`<span>${triesText(maxTries)[locale]}</span>`}</p>
</div>
<p class="job-error">${firstLine(job.exception)}</p>
<details><summary>${texts.exception[locale]}</summary><pre>${clip(job.exception)[locale]}</pre></details>
<details><summary>${texts.payload[locale]}</summary><pre>${clip(payload)[locale]}</pre></details>
<div class="actions">
${action(`${path}/retry`, texts.retry[locale], { about: title[locale], kind: '' })}
${action(`${path}/forget`, texts.forget[locale], { about: title[locale], kind: 'button-quiet' })}
</div>
</li>`
}

function action(path: string, label: string, look: { readonly about: string; readonly kind: string }): Html {
  return html`<form method="post" action="${path}"><button class="button ${look.kind}">${label}<span class="visually-hidden">: ${look.about}</span></button></form>`
}

function firstLine(exception: string): string {
  return (exception.split('\n', 1)[0] ?? '').slice(0, 300)
}

function clip(text: string): Text {
  const hidden = text.length - maxShown
  if (hidden <= 0) return { es: text, en: text }
  const shown = text.slice(0, maxShown)
  return {
    es: `${shown}\n… (${formatNumber(hidden, 'es')} caracteres más)`,
    en: `${shown}\n… (${formatNumber(hidden, 'en')} more characters)`,
  }
}

function triesText(maxTries: number): Text {
  return maxTries === 1
    ? { es: 'Un intento permitido', en: 'One attempt allowed' }
    : { es: `Hasta ${formatNumber(maxTries, 'es')} intentos`, en: `Up to ${formatNumber(maxTries, 'en')} attempts` }
}

const texts = {
  queue: { es: 'Cola', en: 'Queue' },
  exception: { es: 'Error completo', en: 'Full error' },
  payload: { es: 'Datos del trabajo', en: 'Data of the job' },
  retry: { es: 'Reintentar', en: 'Retry' },
  forget: { es: 'Descartar', en: 'Discard' },
} as const
