import { type Command, type CommandInput, type Terminal, UsageError } from '@surtidor/queue/commands'
import type { Logger } from 'pino'
import type { RunDependencies } from '../copy/runs.ts'
import type { Text } from '../i18n/locale.ts'
import { findDistributor } from '../tenancy/distributor.ts'
import { type RegisteredStore, registerStore } from './register-store.ts'
import { parseStoreForm, type StoreField } from './store-form.ts'

type Application = RunDependencies & AsyncDisposable & { readonly log: Pick<Logger, 'info'> }

/** `store:create`: what the form of the page does. */
export function storeCreateCommand(open: () => Promise<Application>): Command {
  return {
    name: 'store:create',
    summary: {
      es: 'Registra una tienda y pone en cola la copia de productos',
      en: 'Registers a store and queues the copy of the products',
    },
    options: {
      ...Object.fromEntries(
        Object.entries(fields).map(([option, { summary }]) => [option, { kind: 'text', summary } as const]),
      ),
      tenant: {
        kind: 'text',
        summary: { es: 'Distribuidora; por omisión la principal', en: 'Distributor; by default the main one' },
      },
    },
    run: (input, terminal) => run(open, input, terminal),
  }
}

async function run(open: () => Promise<Application>, input: CommandInput, terminal: Terminal): Promise<number> {
  for (const option of required) if (input.text(option) === undefined) throw new UsageError(missing(option))
  const typed = Object.entries(fields).map(([option, { field }]) => [field, input.text(option)] as const)
  const result = parseStoreForm(Object.fromEntries(typed))
  if (!result.ok) {
    for (const { text } of result.problems) terminal.writeError(text[terminal.locale])
    return 1
  }
  await using app = await open()
  const distributor = await findDistributor(app.central, input.text('tenant'))
  const store = await registerStore(app, { form: result.form, distributorId: distributor.id })
  terminal.write(created(store)[terminal.locale])
  return 0
}

interface FieldOption {
  readonly field: StoreField
  readonly summary: Text
}

const fields: Readonly<Record<string, FieldOption>> = {
  name: { field: 'name', summary: { es: 'Nombre comercial (obligatorio)', en: 'Trade name (required)' } },
  identification: {
    field: 'identification',
    summary: { es: 'Número de identificación (obligatorio)', en: 'Identification number (required)' },
  },
  email: { field: 'email', summary: { es: 'Correo electrónico (obligatorio)', en: 'E-mail address (required)' } },
  type: {
    field: 'type',
    summary: { es: 'CC, NIT, CE, PA, TI o RC; por omisión CC', en: 'CC, NIT, CE, PA, TI or RC; by default CC' },
  },
  'verification-digit': {
    field: 'verificationDigit',
    summary: { es: 'Dígito de verificación del NIT', en: 'Check digit of the NIT' },
  },
  phone: { field: 'phone', summary: { es: 'Teléfono', en: 'Phone number' } },
  address: { field: 'address', summary: { es: 'Dirección', en: 'Address' } },
  city: { field: 'city', summary: { es: 'Ciudad', en: 'City' } },
  district: { field: 'district', summary: { es: 'Barrio', en: 'District' } },
  'contact-name': { field: 'contactName', summary: { es: 'Nombre de contacto', en: "Contact's name" } },
}

const required = ['name', 'identification', 'email'] as const

function missing(option: string): Text {
  return {
    es: `Falta la opción --${option}: store:create --name=… --identification=… --email=…`,
    en: `The option --${option} is missing: store:create --name=… --identification=… --email=…`,
  }
}

function created({ companyId, runId }: RegisteredStore): Text {
  return {
    es: `Tienda ${companyId} creada. Copia ${runId} en cola: sígala con «copy:status ${runId}».`,
    en: `Store ${companyId} created. Copy ${runId} is queued: follow it with "copy:status ${runId}".`,
  }
}
