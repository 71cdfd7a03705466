import type { FailedJob, StoredJob } from '@surtidor/queue'
import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
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
<div class="panel-head"><h2 id="pending-title">${texts.pending[locale]}</h2></div>
${pending.jobs.length === 0 ? html`<p class="empty">${texts.nonePending[locale]}</p>` : pendingTable(pending.jobs, now, locale)}
${renderPager({ label: texts.pendingPages[locale], first: pending.first, next: pending.next }, locale)}
</section>`
}

function pendingTable(jobs: readonly Described<StoredJob>[], now: number, locale: Locale): Html {
  return html`<table class="cards" role="table">
<thead role="rowgroup"><tr role="row">${[texts.job, texts.state, texts.queue, texts.attempts, texts.since].map(
    (text) => html`<th role="columnheader" scope="col">${text[locale]}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${jobs.map((job) => pendingRow(job, now, locale))}</tbody>
</table>`
}

function pendingRow(job: Described<StoredJob>, now: number, locale: Locale): Html {
  const state = stateOf(job, now)
  return html`<tr role="row">
<td role="cell" class="name">${job.description.title[locale]}</td>
<td role="cell" data-label="${texts.state[locale]}"><span class="badge badge-${state.kind}"><span aria-hidden="true">${state.mark}</span> ${state.text[locale]}</span></td>
<td role="cell" data-label="${texts.queue[locale]}"><code>${job.queue}</code></td>
<td role="cell" data-label="${texts.attempts[locale]}">${formatNumber(job.attempts, locale)}</td>
<td role="cell" data-label="${texts.since[locale]}">${moment(state.since, locale)}</td>
</tr>`
}

interface PendingState {
  readonly kind: string
  readonly mark: string
  readonly text: Text
  /** Unix seconds; for a delayed job, when it will be due. */
  readonly since: number
}

function stateOf(job: StoredJob, now: number): PendingState {
  if (job.reservedAt !== null) return { kind: 'running', mark: '◐', text: texts.reserved, since: job.reservedAt }
  if (job.availableAt > now) return { kind: 'pending', mark: '◷', text: texts.delayed, since: job.availableAt }
  return { kind: 'pending', mark: '○', text: texts.waiting, since: job.createdAt }
}

function button(action: string, label: string, kind: string): Html {
  return html`<form method="post" action="${action}"><button class="button ${kind}">${label}</button></form>`
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
  since: { es: 'Desde', en: 'Since' },
  waiting: { es: 'En espera', en: 'Waiting' },
  delayed: { es: 'Aplazado', en: 'Delayed' },
  reserved: { es: 'En curso', en: 'Running' },
} as const
