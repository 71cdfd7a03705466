import type { Command } from '@surtidor/queue/commands'
import { alignColumns } from '../command-line/align-columns.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { MessageState } from '../database/registration-tables.ts'
import type { Locale, Text } from '../i18n/locale.ts'
import { maskRecipient } from './mask.ts'

type Application = AsyncDisposable & { readonly central: CentralDatabase }

/** `notifications:list [--dead]`: the latest messages, or those that were given up. Recipients are shown in part. */
export function notificationsListCommand(open: () => Promise<Application>): Command {
  return {
    name: 'notifications:list',
    summary: { es: 'Muestra los últimos mensajes', en: 'Shows the latest messages' },
    options: {
      dead: { kind: 'flag', summary: { es: 'Solo los abandonados', en: 'Only those that were given up' } },
      limit: {
        kind: 'number',
        default: 20,
        min: 1,
        max: 1_000,
        summary: { es: 'Cuántos', en: 'How many' },
      },
    },
    async run(input, terminal) {
      await using app = await open()
      const states = input.flag('dead') ? (['dead'] as const) : undefined
      const found = await listMessages(app.central, { states, limit: input.number('limit') ?? 20 })
      for (const line of tableOf(found, terminal.locale)) terminal.write(line)
      return 0
    },
  }
}

interface ListedMessage {
  readonly id: number
  readonly kind: string
  readonly channel: string
  readonly recipient: string
  readonly state: MessageState
  readonly attempts: number
  readonly error: string | null
}

function listMessages(
  central: CentralDatabase,
  { states, limit }: { readonly states: readonly MessageState[] | undefined; readonly limit: number },
): Promise<readonly ListedMessage[]> {
  return central
    .selectFrom('notification_outbox')
    .select(['id', 'kind', 'channel', 'recipient', 'state', 'attempts', 'error'])
    .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

function tableOf(messages: readonly ListedMessage[], locale: Locale): readonly string[] {
  if (messages.length === 0) return [texts.none[locale]]
  const header = columns.map((column) => column[locale])
  const rows = messages.map(({ id, kind, channel, recipient, state, attempts, error }) => [
    String(id),
    kind,
    channel,
    maskRecipient(recipient),
    stateTexts[state][locale],
    String(attempts),
    error ?? '',
  ])
  return alignColumns([header, ...rows])
}

const columns: readonly Text[] = [
  { es: 'Mensaje', en: 'Message' },
  { es: 'Clase', en: 'Kind' },
  { es: 'Canal', en: 'Channel' },
  { es: 'Para', en: 'To' },
  { es: 'Estado', en: 'State' },
  { es: 'Intentos', en: 'Tries' },
  { es: 'Motivo', en: 'Reason' },
]

const stateTexts: Readonly<Record<MessageState, Text>> = {
  pending: { es: 'En espera', en: 'Waiting' },
  sending: { es: 'Enviando', en: 'Sending' },
  sent: { es: 'Enviado', en: 'Sent' },
  dead: { es: 'Abandonado', en: 'Given up' },
  obsolete: { es: 'Sin objeto', en: 'Obsolete' },
}

const texts = { none: { es: 'No hay mensajes.', en: 'There are no messages.' } } as const
