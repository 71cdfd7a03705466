import type { Locale, Text } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import type { FoundActivation } from './activation.ts'

interface ActivationForm {
  readonly path: string
  readonly name: string
  readonly email: string
  readonly problem?: PasswordProblem | undefined
}

export interface PasswordProblem {
  readonly field: 'password' | 'repeated'
  readonly text: Text
}

/** Where a person sets the password of a new user. What was typed is never sent back. */
export function activationFormPage(form: ActivationForm, locale: Locale): Page {
  const { path, name, email } = form
  return {
    title: texts.title,
    isPublic: true,
    content: html`<div class="page-head"><h1>${texts.title[locale]}</h1></div>
<form method="post" action="${path}" novalidate class="store-form">
<fieldset class="panel">
<legend>${name}</legend>
<div class="fields">
<div class="field"><label for="email">${texts.email[locale]}</label><input id="email" type="email" autocomplete="username" readonly value="${email}"></div>
${passwordField('password', form, locale)}
${passwordField('repeated', form, locale)}
</div>
</fieldset>
<div class="form-actions"><button class="button">${texts.submit[locale]}</button></div>
</form>`,
  }
}

function passwordField(name: PasswordProblem['field'], { problem }: ActivationForm, locale: Locale): Html {
  const own = problem?.field === name ? problem : undefined
  const described = [name === 'password' && 'password-hint', own && `${name}-problem`].filter(Boolean).join(' ')
  return html`<div class="field${own ? ' has-problem' : ''}">
<label for="${name}">${texts[name][locale]}</label>
<input id="${name}" name="${name}" type="password" autocomplete="new-password" required maxlength="256"${
    described && html` aria-describedby="${described}"`
  }${own && html` aria-invalid="true" autofocus`}>
${name === 'password' && html`<p class="hint" id="password-hint">${texts.hint[locale]}</p>`}
${own && html`<p class="problem" id="${name}-problem" role="alert"><span aria-hidden="true">!</span> ${own.text[locale]}</p>`}
</div>`
}

/** After the password was set. */
export function activatedPage(locale: Locale): Page {
  return message(texts.activated, texts.activatedHelp, locale)
}

/** A link that is of no use says why, and what to do. */
export function uselessLinkPage(state: Exclude<FoundActivation['state'], 'usable'>, locale: Locale): Page {
  return message(texts.useless, reasons[state], locale)
}

function message(title: Text, help: Text, locale: Locale): Page {
  return {
    title,
    isPublic: true,
    content: html`<div class="message"><h1>${title[locale]}</h1><p>${help[locale]}</p></div>`,
  }
}

const reasons: Readonly<Record<Exclude<FoundActivation['state'], 'usable'>, Text>> = {
  unknown: {
    es: 'No conocemos ese enlace. Revise que esté completo, o pida uno nuevo a su distribuidor.',
    en: 'We do not know that link. Check that it is complete, or ask your distributor for a new one.',
  },
  expired: {
    es: 'El enlace venció: servía por 72 horas. Pida uno nuevo a su distribuidor.',
    en: 'The link has expired: it was good for 72 hours. Ask your distributor for a new one.',
  },
  used: {
    es: 'Con este enlace ya se eligió una contraseña, o se usó otro más nuevo. Si no fue usted, avise a su distribuidor.',
    en: 'A password was already chosen with this link, or another one was used. If it was not you, tell your distributor.',
  },
}

const texts = {
  title: { es: 'Elija su contraseña', en: 'Choose your password' },
  email: { es: 'Correo electrónico', en: 'E-mail' },
  password: { es: 'Contraseña nueva', en: 'New password' },
  repeated: { es: 'La misma contraseña otra vez', en: 'The same password again' },
  hint: {
    es: 'De 8 caracteres en adelante. Sirven tres palabras que solo usted junte.',
    en: '8 characters or more. Three words that only you would put together will do.',
  },
  submit: { es: 'Guardar la contraseña', en: 'Save the password' },
  activated: { es: 'Su contraseña quedó guardada', en: 'Your password is saved' },
  activatedHelp: {
    es: 'Ya puede cerrar esta página. Su usuario es su correo electrónico.',
    en: 'You may close this page. Your user name is your e-mail address.',
  },
  useless: { es: 'Este enlace no sirve', en: 'This link cannot be used' },
} as const
