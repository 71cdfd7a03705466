import type { Command } from '@surtidor/queue/commands'
import type { CentralDatabase } from '../database/open-central.ts'
import { now } from '../database/sql.ts'
import { formatNumber } from '../i18n/locale.ts'
import type { WakeSender } from './deliver-notifications-job.ts'

type Application = AsyncDisposable & { readonly central: CentralDatabase; readonly wakeSender: WakeSender }

/** `notifications:retry`: has every message that was given up sent again, with all its tries, once its cause is mended. */
export function notificationsRetryCommand(open: () => Promise<Application>): Command {
  return {
    name: 'notifications:retry',
    summary: {
      es: 'Vuelve a intentar los mensajes abandonados',
      en: 'Tries the messages again that were given up',
    },
    async run(_input, terminal) {
      await using app = await open()
      const count = await reviveDead(app.central)
      if (count > 0) await app.wakeSender()
      const number = formatNumber(count, terminal.locale)
      const text = { es: `Mensajes que se intentan de nuevo: ${number}`, en: `Messages to be tried again: ${number}` }
      terminal.write(text[terminal.locale])
      return 0
    },
  }
}

/** Answers how many there were. */
async function reviveDead(central: CentralDatabase): Promise<number> {
  const { numUpdatedRows } = await central
    .updateTable('notification_outbox')
    .set({ state: 'pending', attempts: 0, next_attempt_at: now, updated_at: now })
    .where('state', '=', 'dead')
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}
