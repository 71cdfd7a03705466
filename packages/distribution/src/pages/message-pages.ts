import type { Locale, Text } from '../i18n/locale.ts'
import { html } from './html.ts'
import type { Page } from './layout.ts'

export function notFoundPage(locale: Locale): Page {
  return {
    title: { es: 'No encontramos esta página', en: 'We could not find this page' },
    content: html`<div class="message">
<p class="message-code" aria-hidden="true">404</p>
<h1>${texts.notFound[locale]}</h1>
<p>${texts.notFoundHelp[locale]}</p>
<p><a class="button" href="/">${texts.home[locale]}</a></p>
</div>`,
  }
}

/** Something broke that a person cannot fix on the page; the id finds the error in the log. */
export function brokenPage(errorId: string, locale: Locale): Page {
  return {
    title: { es: 'Algo salió mal', en: 'Something went wrong' },
    content: html`<div class="message">
<h1>${texts.broken[locale]}</h1>
<p>${texts.brokenHelp[locale]} <code>${errorId}</code>.</p>
<p><a class="button" href="/">${texts.home[locale]}</a></p>
</div>`,
  }
}

/** Something was asked for that cannot be done; the sentence says what to do next. */
export function refusalPage(text: Text, locale: Locale): Page {
  return {
    title: { es: 'No se pudo hacer', en: 'It could not be done' },
    content: html`<div class="message">
<h1>${texts.refused[locale]}</h1>
<p>${text[locale]}</p>
<p><a class="button" href="/">${texts.home[locale]}</a></p>
</div>`,
  }
}

const texts = {
  notFound: { es: 'No encontramos esta página', en: 'We could not find this page' },
  notFoundHelp: {
    es: 'Puede que la dirección esté mal escrita o que lo que busca ya no exista. Revise el enlace o vuelva a la lista de tiendas.',
    en: 'The address may be misspelt, or what you look for may be gone. Check the link or go back to the list of stores.',
  },
  broken: { es: 'Algo salió mal de nuestro lado', en: 'Something went wrong on our side' },
  brokenHelp: {
    es: 'Intente de nuevo en un momento. Si se repite, busque este código en el registro storage/logs/surtidor.log:',
    en: 'Try again in a moment. If it happens again, look for this code in the log storage/logs/surtidor.log:',
  },
  refused: { es: 'No se pudo hacer', en: 'It could not be done' },
  home: { es: 'Ir a las tiendas', en: 'Go to the stores' },
} as const
