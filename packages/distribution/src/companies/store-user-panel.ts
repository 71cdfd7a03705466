import { type Activation, activationPath } from '../access/activation.ts'
import { qrCode } from '../access/qr-code.ts'
import { utcText } from '../database/utc-text.ts'
import type { Locale, Text } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import { moment } from '../pages/moments.ts'
import type { StoreUser } from './find-store-user.ts'

export interface UserPanel {
  readonly companyId: number
  /** Undefined for a client that was registered without one. */
  readonly user: StoreUser | undefined
  /** Of the company; what the field begins with. */
  readonly email: string | null
  /** A link that was made a moment ago. */
  readonly link: { readonly origin: string; readonly activation: Activation } | undefined
  readonly problem: UserProblem | undefined
}

export interface UserProblem {
  readonly text: Text
  /** What was typed. */
  readonly email: string
  /** The store that has this address, where it may be named. */
  readonly existingCompanyId: number | null
}

/** What a store's page says of its user: none yet, waiting for its password, or ready. */
export function storeUserPanel(panel: UserPanel, locale: Locale): Html {
  return html`<section id="user" class="panel" aria-labelledby="user-title">
<h2 id="user-title">${texts.title[locale]}</h2>
${panel.user ? knownUser(panel, panel.user, locale) : noUser(panel, locale)}
</section>`
}

function noUser({ companyId, email, problem }: UserPanel, locale: Locale): Html {
  return html`<p>${texts.none[locale]}</p>
<form method="post" action="/stores/${companyId}/user" novalidate class="store-form">
<div class="field${problem ? ' has-problem' : ''}">
<label for="user-email">${texts.email[locale]}</label>
<input id="user-email" name="email" type="email" inputmode="email" autocomplete="off" maxlength="255" value="${(problem?.email || email) ?? ''}"${
    problem && html` aria-invalid="true" aria-describedby="user-email-problem" autofocus`
  }>
${problem && html`<p class="problem" id="user-email-problem"><span aria-hidden="true">!</span> ${problem.text[locale]}</p>`}
${problem?.existingCompanyId && html`<p><a class="button button-quiet" href="/stores/${problem.existingCompanyId}">${texts.existing[locale]}</a></p>`}
</div>
<button class="button">${texts.create[locale]}</button>
</form>`
}

function knownUser({ companyId, link }: UserPanel, user: StoreUser, locale: Locale): Html {
  if (user.hasPassword) return html`<p>${user.email}</p><p class="muted">${texts.ready[locale]}</p>`
  return html`<p>${user.email}</p>
${link ? shownLink(link, locale) : html`<p>${texts.waiting[locale]}</p>`}
<form method="post" action="/stores/${companyId}/user"><button class="button button-quiet">${texts.renew[locale]}</button></form>`
}

/** The person scans the picture with a phone, or the seller passes the link on. */
function shownLink({ origin, activation }: NonNullable<UserPanel['link']>, locale: Locale): Html {
  const address = `${origin}${activationPath(activation.token)}`
  return html`<p>${texts.link[locale]} ${moment(utcText(activation.expiresAt), locale)}</p>
${qrCode(address, texts.code[locale])}
<p class="link-text"><a href="${address}">${address}</a></p>`
}

const texts = {
  title: { es: 'Usuario de la tienda', en: "The store's user" },
  none: {
    es: 'Todavía no tiene usuario, y sin él no hay catálogo.',
    en: 'There is no user yet, and without one no catalogue.',
  },
  email: { es: 'Correo electrónico', en: 'E-mail' },
  create: { es: 'Crear usuario y copiar los productos', en: 'Create the user and copy the products' },
  existing: { es: 'Ver la tienda que lo tiene', en: 'See the store that has it' },
  ready: { es: 'Ya eligió su contraseña.', en: 'The password is chosen.' },
  waiting: {
    es: 'Todavía no ha elegido su contraseña. El enlace se muestra solo cuando se crea.',
    en: 'The password is not chosen yet. A link is shown only when it is made.',
  },
  renew: { es: 'Crear un enlace nuevo', en: 'Make a new link' },
  link: {
    es: 'Con este enlace la tienda elige su contraseña. Sirve una sola vez, hasta:',
    en: 'With this link the store chooses its password. It works once, until:',
  },
  code: { es: 'Código QR del enlace de activación', en: 'QR code of the activation link' },
} as const
