import { activationPath, issueActivation } from '../access/activation.ts'
import { utcText } from '../database/utc-text.ts'
import type { Locale, Text } from '../i18n/locale.ts'
import { momentText } from '../pages/moments.ts'
import type { MessageContent } from './message-content.ts'
import type { MessageSource, Unsendable } from './message-source.ts'

/**
 * The link with which a new user sets a password, made when the message goes out: a table never holds it. Obsolete when the
 * user is gone, or has a password already.
 */
export async function userActivation({
  central,
  settings,
  message,
  now,
}: MessageSource): Promise<MessageContent | Unsendable> {
  const userId = userOf(message.payload)
  const user = await central
    .selectFrom('users')
    .select(['id', 'name', 'password'])
    .where('id', '=', userId)
    .executeTakeFirst()
  if (!user || user.password) return { unsendable: 'obsolete', reason: 'The password is chosen.' }
  const activation = await central.transaction().execute((trx) => issueActivation(trx, user.id, now))
  const { locale, appUrl } = settings
  const until = momentText(utcText(activation.expiresAt), locale)
  return {
    subject: texts.subject[locale],
    paragraphs: [greeting(user.name, locale), texts.why[locale]],
    link: { label: texts.link[locale], url: `${appUrl}${activationPath(activation.token)}` },
    note: texts.note(until)[locale],
    language: locale === 'es' ? 'es-CO' : 'en',
  }
}

/** 0, which nobody has, for a payload that names no user. */
function userOf(payload: Readonly<Record<string, unknown>>): number {
  return typeof payload.userId === 'number' ? payload.userId : 0
}

export function greeting(name: string, locale: Locale): string {
  return { es: `Hola, ${name}:`, en: `Hello, ${name},` }[locale]
}

const texts = {
  subject: { es: 'Elige la contraseña de tu tienda', en: "Choose your store's password" },
  why: {
    es: 'Tu tienda ya está registrada y estamos copiando el catálogo de productos. Para entrar, elige una contraseña con este enlace.',
    en: 'Your store is registered, and the catalogue is being copied. To sign in, choose a password behind this link.',
  },
  link: { es: 'Elegir mi contraseña', en: 'Choose my password' },
  note: (until: string): Text => ({
    es: `El enlace sirve una sola vez, hasta el ${until} (hora de Colombia). No lo compartas. Si no esperabas este mensaje, ignóralo.`,
    en: `The link works once, until ${until} (Colombian time). Do not share it. If you did not expect this message, ignore it.`,
  }),
} as const
