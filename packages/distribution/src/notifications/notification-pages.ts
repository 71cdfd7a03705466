import type { Locale, Text } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import { moment } from '../pages/moments.ts'
import { address, renderPager } from '../pages/pager.ts'
import type { InAppNotification } from './in-app.ts'
import { countsText, type RunEndKind, runEndOf, storePath } from './run-ended.ts'

interface NotificationList {
  readonly notifications: readonly InAppNotification[]
  readonly beforeId: number | undefined
  /** The id to go on from, when there are more. */
  readonly nextId: number | undefined
}

/** Newest first; what nobody has read yet says so in words. */
export function notificationsPage(list: NotificationList, locale: Locale): Page {
  const { notifications, beforeId, nextId } = list
  return {
    title: texts.title,
    section: 'notifications',
    content: html`<div class="page-head">
<h1>${texts.title[locale]}</h1>
${notifications.some(({ isRead }) => !isRead) && readAllButton(notifications[0]?.id, locale)}
</div>
<section class="panel" aria-label="${texts.title[locale]}">
${notifications.length === 0 && html`<p class="empty">${texts.none[locale]}</p>`}
<ul class="notifications">${notifications.map((each) => item(each, locale))}</ul>
${renderPager(
  {
    label: texts.pages[locale],
    first: beforeId === undefined ? undefined : '/notificaciones',
    next: nextId === undefined ? undefined : address('/notificaciones', { before: nextId }),
  },
  locale,
)}
</section>`,
  }
}

/** Up to the newest one that the person sees: what comes meanwhile stays unread. */
function readAllButton(newestId: number | undefined, locale: Locale): Html {
  return html`<form method="post" action="/notificaciones/leidas"><input type="hidden" name="hasta" value="${newestId}"><button class="button button-quiet">${texts.readAll[locale]}</button></form>`
}

function item(notification: InAppNotification, locale: Locale): Html {
  const { id, kind, isRead, createdAt, store, payload } = notification
  const title = titleOf(notification)[locale]
  return html`<li class="notification${!isRead && ' notification-unread'}" id="notification-${id}">
<h2>${store ? html`<a class="notification-link" href="${storePath(store.companyId)}">${title}</a>` : title}</h2>
${runEndOf(kind) && html`<p>${countsText(payload, locale)}</p>`}
<p class="muted facts"><span>${moment(createdAt, locale)}</span>${!isRead && html`<span><strong>${texts.unread[locale]}</strong></span>`}</p>
${!isRead && html`<form method="post" action="/notificaciones/${id}/leida"><button class="button button-quiet">${texts.read[locale]}<span class="visually-hidden">: ${title}</span></button></form>`}
</li>`
}

function titleOf({ kind, store }: InAppNotification): Text {
  const end = runEndOf(kind)
  return end ? runTitles[end](store?.name ?? '?') : texts.other
}

const runTitles: Readonly<Record<RunEndKind, (store: string) => Text>> = {
  copy_completed: (store) => ({ es: `El catálogo de ${store} está listo`, en: `The catalogue of ${store} is ready` }),
  copy_completed_with_errors: (store) => ({
    es: `El catálogo de ${store} está listo, con errores`,
    en: `The catalogue of ${store} is ready, with errors`,
  }),
  copy_failed: (store) => ({
    es: `La copia del catálogo de ${store} falló`,
    en: `The copy of the catalogue of ${store} failed`,
  }),
  copy_cancelled: (store) => ({
    es: `La copia del catálogo de ${store} se canceló`,
    en: `The copy of the catalogue of ${store} was cancelled`,
  }),
}

const texts = {
  title: { es: 'Avisos', en: 'Notices' },
  none: { es: 'Todavía no hay avisos.', en: 'There are no notices yet.' },
  unread: { es: 'Sin leer', en: 'Unread' },
  read: { es: 'Marcar como leído', en: 'Mark as read' },
  readAll: { es: 'Marcar todos como leídos', en: 'Mark all as read' },
  pages: { es: 'Más avisos', en: 'More notices' },
  other: { es: 'Aviso', en: 'Notice' },
} as const
