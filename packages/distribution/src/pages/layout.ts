import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import { type Html, html } from './html.ts'

/** What every page shows around its content. */
export interface PageFrame {
  readonly locale: Locale
  /** Jobs in `failed_jobs`. */
  readonly failedJobs: number
  readonly unreadNotifications: number
  readonly asset: (name: string) => string
}

export interface Page {
  readonly title: Text
  readonly section?: 'stores' | 'batches' | 'notifications' | 'jobs'
  /** What the last action did, said once at the top. */
  readonly notice?: Text | undefined
  readonly content: Html
  /** True on a page for people who do not work here: no way to the others. */
  readonly isPublic?: boolean
}

/** The whole document around a page's content. */
export function renderLayout(page: Page, frame: PageFrame): Html {
  const { locale, asset } = frame
  return html`<!doctype html>
<html lang="${locale === 'es' ? 'es-CO' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content="${htmxConfig}">
<title>${page.title[locale]} · Surtidor</title>
<link rel="icon" type="image/svg+xml" href="${asset('logo.svg')}">
<link rel="stylesheet" href="${asset('app.css')}">
<script src="${asset('vendor/htmx.js')}" defer></script>
</head>
<body>
<a class="skip-link" href="#main">${texts.skip[locale]}</a>
${header(page, frame)}
<main id="main" tabindex="-1">
${page.notice && html`<p class="notice" role="status">${page.notice[locale]}</p>`}
${page.content}
</main>
${!page.isPublic && html`<footer class="site-footer"><p>${texts.footer[locale]}</p></footer>`}
</body>
</html>`
}

/**
 * No history snapshots, no style sheet of htmx's own, errors never replace a part of a page; nothing we use needs
 * `eval`, which the content security policy forbids.
 */
const htmxConfig = JSON.stringify({
  history: false,
  includeIndicatorCSS: false,
  extensions: 'sse',
  noSwap: [204, 304, '4xx', '5xx'],
})

const texts = {
  skip: { es: 'Saltar al contenido', en: 'Skip to content' },
  home: { es: 'Surtidor, inicio', en: 'Surtidor, home' },
  navigation: { es: 'Principal', en: 'Main' },
  stores: { es: 'Tiendas', en: 'Stores' },
  batches: { es: 'Publicaciones', en: 'Publications' },
  notifications: { es: 'Avisos', en: 'Notices' },
  unread: { es: 'sin leer', en: 'unread' },
  jobs: { es: 'Trabajos', en: 'Jobs' },
  failed: { es: 'Fallidos', en: 'Failed' },
  footer: {
    es: 'Surtidor atiende solo en este equipo: todavía no hay inicio de sesión.',
    en: 'Surtidor answers on this machine only: there is no sign-in yet.',
  },
} as const

function header(page: Page, { locale, failedJobs, unreadNotifications, asset }: PageFrame): Html {
  if (page.isPublic) return publicHeader(asset)
  const current = (section: Page['section']) => page.section === section && html` aria-current="page"`
  return html`<header class="site-header">
<div class="site-header-inner">
<a class="brand" href="/" aria-label="${texts.home[locale]}">
<img src="${asset('logo.svg')}" alt="" width="32" height="32"><span>Surtidor</span></a>
<nav class="site-nav" aria-label="${texts.navigation[locale]}">
<a class="nav-link" href="/"${current('stores')}>${texts.stores[locale]}</a>
<a class="nav-link" href="/publicaciones"${current('batches')}>${texts.batches[locale]}</a>
<a class="nav-link" href="/notificaciones"${current('notifications')}>${texts.notifications[locale]}${unreadNotifications > 0 && unreadCount(unreadNotifications, locale)}</a>
<a class="nav-link" href="/jobs"${current('jobs')}>${texts.jobs[locale]}${failedJobs > 0 && failedCount(failedJobs, locale)}</a>
</nav>
</div>
</header>`
}

function publicHeader(asset: PageFrame['asset']): Html {
  return html`<header class="site-header">
<div class="site-header-inner"><span class="brand"><img src="${asset('logo.svg')}" alt="" width="32" height="32"><span>Surtidor</span></span></div>
</header>`
}

function failedCount(failedJobs: number, locale: Locale): Html {
  return html` <span class="count count-bad">${texts.failed[locale]} ${formatNumber(failedJobs, locale)}</span>`
}

function unreadCount(unread: number, locale: Locale): Html {
  return html` <span class="count">${formatNumber(unread, locale)}<span class="visually-hidden"> ${texts.unread[locale]}</span></span>`
}
