import type { FailedJob, StoredJob } from '@surtidor/queue'
import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import { badge } from '../pages/badge.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import { moment } from '../pages/moments.ts'
import { renderPager } from '../pages/pager.ts'
import type { Described } from './described-jobs.ts'
import { failedJobCard } from './failed-job-card.ts'

export interface JobList<Job> {
  readonly jobs: readonly Described<Job>[]
  /** Addresses of the list's beginning and of its next part. */
  readonly first: string | undefined
  /** How many jobs stand before these. */
  readonly offset: number
  readonly next: string | undefined
}

interface JobsView {
  readonly pending: JobList<StoredJob>
  readonly failed: JobList<FailedJob>
  readonly failedTotal: number
  /** Unix seconds. */
  readonly now: number
  readonly notice: Text | undefined
}

/** What waits or runs, and what failed with what can be done about it. */
export function jobsPage(view: JobsView, locale: Locale): Page {
  return {
    title: texts.title,
    section: 'jobs',
    notice: view.notice,
    content: html`<div class="page-head"><h1>${texts.title[locale]}</h1></div>
${failedSection(view, locale)}
${pendingSection(view, locale)}`,
  }
}

/** Asks before every failed job is deleted. */
export function confirmFlushPage(failedTotal: number, locale: Locale): Page {
  return {
    title: texts.flushTitle,
    section: 'jobs',
    content: html`<div class="panel message">
<h1>${texts.flushTitle[locale]}</h1>
<p>${flushQuestion(failedTotal)[locale]}</p>
<div class="actions">
${failedTotal > 0 && button('/jobs/failed/flush', flushLabel(failedTotal)[locale], 'button-danger')}
<a class="button button-quiet" href="/jobs">${texts.back[locale]}</a>
</div>
</div>`,
  }
}

function failedSection({ failed, failedTotal }: JobsView, locale: Locale): Html {
  return html`<section class="panel" id="failed" aria-labelledby="failed-title">
<div class="panel-head">
<h2 id="failed-title">${texts.failed[locale]} <span class="count ${failedTotal > 0 && 'count-bad'}">${formatNumber(failedTotal, locale)}</span></h2>
${failedTotal > 0 && failedActions(failedTotal, locale)}
</div>
${failed.jobs.length === 0 && html`<p class="empty">${texts.noneFailed[locale]}</p>`}
<ul class="jobs">${failed.jobs.map((job) => failedJobCard(job, locale))}</ul>
${renderPager({ label: texts.failedPages[locale], first: failed.first, next: failed.next }, locale)}
</section>`
}

function failedActions(failedTotal: number, locale: Locale): Html {
  return html`<div class="actions">
${button('/jobs/failed/retry', retryLabel(failedTotal)[locale], '')}
<a class="button button-quiet" href="/jobs/failed/flush">${texts.flush[locale]}</a>
</div>`
}

function pendingSection({ pending, now }: JobsView, locale: Locale): Html {
  return html`<section class="panel" id="pending" aria-labelledby="pending-title">
<div class="panel-head"><h2 id="pending-title">${texts.pending[locale]} <span class="count">${atLeast(pending)[locale]}</span></h2></div>
${pending.jobs.length === 0 ? html`<p class="empty">${texts.nonePending[locale]}</p>` : pendingTable(pending.jobs, now, locale)}
${renderPager({ label: texts.pendingPages[locale], first: pending.first, next: pending.next }, locale)}
</section>`
}

function pendingTable(jobs: readonly Described<StoredJob>[], now: number, locale: Locale): Html {
  return html`<table class="cards" role="table">
<thead role="rowgroup"><tr role="row">${[texts.job, texts.state, texts.queue, texts.attempts, texts.when].map(
    (text) => html`<th role="columnheader" scope="col">${text[locale]}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${jobs.map((job) => pendingRow(job, now, locale))}</tbody>
</table>`
}

function pendingRow(job: Described<StoredJob>, now: number, locale: Locale): Html {
  const state = stateOf(job, now)
  return html`<tr role="row">
<td role="cell" class="name">${job.description.title[locale]}</td>
<td role="cell" data-label="${texts.state[locale]}">${badge(state.kind, state, locale)}</td>
<td role="cell" class="queue" data-label="${texts.queue[locale]}"><code>${job.queue}</code></td>
<td role="cell" data-label="${texts.attempts[locale]}">${formatNumber(job.attempts, locale)}</td>
<td role="cell" data-label="${texts.when[locale]}"><span>${state.when[locale]} ${moment(state.at, locale)}</span></td>
</tr>`
}

interface PendingState {
  readonly kind: string
  readonly mark: string
  readonly text: Text
  /** What happens or happened at `at`. */
  readonly when: Text
  /** Unix seconds. */
  readonly at: number
}

function stateOf(job: StoredJob, now: number): PendingState {
  const { reservedAt, availableAt, createdAt } = job
  if (reservedAt !== null)
    return { kind: 'running', mark: '◐', text: texts.reserved, when: texts.since, at: reservedAt }
  if (availableAt > now)
    return { kind: 'pending', mark: '◷', text: texts.delayed, when: texts.nextAttempt, at: availableAt }
  return { kind: 'pending', mark: '○', text: texts.waiting, when: texts.since, at: createdAt }
}

function button(action: string, label: string, kind: string): Html {
  return html`<form method="post" action="${action}"><button class="button ${kind}">${label}</button></form>`
}

/** The queue counts failed jobs alone; on the last page the number of pending ones is known all the same. */
function atLeast({ jobs, offset, next }: JobList<StoredJob>): Text {
  const seen = offset + jobs.length
  if (next === undefined) return { es: formatNumber(seen, 'es'), en: formatNumber(seen, 'en') }
  return { es: `más de ${formatNumber(seen, 'es')}`, en: `more than ${formatNumber(seen, 'en')}` }
}

function retryLabel(total: number): Text {
  return total === 1
    ? { es: 'Reintentar el único', en: 'Retry the only one' }
    : { es: `Reintentar los ${formatNumber(total, 'es')}`, en: `Retry all ${formatNumber(total, 'en')}` }
}

function flushLabel(total: number): Text {
  return { es: `Sí, borrar ${formatNumber(total, 'es')}`, en: `Yes, delete ${formatNumber(total, 'en')}` }
}

function flushQuestion(total: number): Text {
  if (total === 0)
    return {
      es: 'No hay trabajos fallidos: no hay nada que borrar.',
      en: 'There are no failed jobs: there is nothing to delete.',
    }
  return {
    es: `Se borrarán del registro de fallidos: ${formatNumber(total, 'es')}. No se podrán reintentar después. Los productos que ya se copiaron se quedan en las tiendas.`,
    en: `This deletes from the record of failures: ${formatNumber(total, 'en')}. They cannot be retried afterwards. Products already copied stay in the stores.`,
  }
}

const texts = {
  title: { es: 'Trabajos', en: 'Jobs' },
  failed: { es: 'Fallidos', en: 'Failed' },
  failedPages: { es: 'Páginas de fallidos', en: 'Pages of failed jobs' },
  noneFailed: { es: 'Ningún trabajo ha fallado.', en: 'No job has failed.' },
  flush: { es: 'Borrar todos…', en: 'Delete all…' },
  flushTitle: { es: 'Borrar los trabajos fallidos', en: 'Delete the failed jobs' },
  back: { es: 'No, volver', en: 'No, go back' },
  pending: { es: 'Pendientes', en: 'Pending' },
  pendingPages: { es: 'Páginas de pendientes', en: 'Pages of pending jobs' },
  nonePending: {
    es: 'No hay trabajos en espera: todo está al día.',
    en: 'No jobs are waiting: everything is up to date.',
  },
  job: { es: 'Trabajo', en: 'Job' },
  state: { es: 'Estado', en: 'State' },
  queue: { es: 'Cola', en: 'Queue' },
  attempts: { es: 'Intentos', en: 'Attempts' },
  when: { es: 'Cuándo', en: 'When' },
  since: { es: 'Desde el', en: 'Since' },
  nextAttempt: { es: 'Próximo intento:', en: 'Next attempt:' },
  waiting: { es: 'En espera', en: 'Waiting' },
  delayed: { es: 'Aplazado', en: 'Delayed' },
  reserved: { es: 'En curso', en: 'Running' },
} as const
