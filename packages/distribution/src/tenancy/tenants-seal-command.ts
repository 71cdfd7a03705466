import { type Command, writeInfo } from '@surtidor/queue/commands'
import type { CentralDatabase } from '../database/open-central.ts'
import { formatNumber, type Text } from '../i18n/locale.ts'
import type { CredentialSeal } from './credential-seal.ts'
import { sealPasswords, unsealPasswords } from './seal-passwords.ts'

type Application = { readonly central: CentralDatabase } & AsyncDisposable

/**
 * `tenants:seal [--undo]`: seals the passwords of stores' databases that the original application has left in clear, or gives
 * them back to it. Shows how many, and never one of them.
 */
export function tenantsSealCommand(open: () => Promise<Application>, seal: CredentialSeal): Command {
  return {
    name: 'tenants:seal',
    summary: {
      es: 'Sella con APP_KEY las contraseñas que la aplicación Laravel dejó en claro en tenants',
      en: 'Seals with APP_KEY the passwords that the Laravel application has left in clear in tenants',
    },
    options: {
      undo: {
        kind: 'flag',
        summary: { es: 'Las vuelve a dejar en claro, para Laravel', en: 'Leaves them in clear again, for Laravel' },
      },
    },
    async run(input, terminal) {
      await using app = await open()
      const isUndo = input.flag('undo')
      const count = await (isUndo ? unsealPasswords(app.central, seal) : sealPasswords(app.central, seal))
      writeInfo(terminal, (isUndo ? unsealed(count) : sealed(count))[terminal.locale])
      return 0
    },
  }
}

function sealed(count: number): Text {
  return {
    es: `Contraseñas selladas: ${formatNumber(count, 'es')}. Guarde APP_KEY: sin ella no se pueden leer.`,
    en: `Passwords sealed: ${formatNumber(count, 'en')}. Keep APP_KEY: without it they cannot be read.`,
  }
}

function unsealed(count: number): Text {
  return {
    es: `Contraseñas otra vez en claro: ${formatNumber(count, 'es')}.`,
    en: `Passwords in clear again: ${formatNumber(count, 'en')}.`,
  }
}
