import { type Command, type CommandInput, type Terminal, UsageError } from '@surtidor/queue/commands'
import type { Logger } from 'pino'
import { activationPath } from '../access/activation.ts'
import { distributorOption } from '../command-line/typed-input.ts'
import type { RunDependencies } from '../copy/runs/runs.ts'
import type { Text } from '../i18n/locale.ts'
import { findDistributor } from '../tenancy/distributor.ts'
import { type RegisteredStore, registerStore } from './register-store.ts'
import type { StoreField } from './store-fields.ts'
import { parseStoreForm } from './store-form.ts'

type Application = RunDependencies & AsyncDisposable & { readonly log: Pick<Logger, 'info'> }

/** `store:create`: what the form of the page does. The activation link leads to the pages on `pagesPort`. */
export function storeCreateCommand(open: () => Promise<Application>, pagesPort: number): Command {
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
      'without-user': {
        kind: 'flag',
        summary: { es: 'Solo el cliente: sin usuario y sin copia', en: 'The client alone: no user and no copy' },
      },
      'accepts-messages': {
        kind: 'flag',
        summary: {
          es: 'La persona acepta mensajes por WhatsApp en ese teléfono',
          en: 'The person accepts messages on WhatsApp at that phone number',
        },
      },
      'show-link': {
        kind: 'flag',
        summary: {
          es: 'Escribe el enlace con que la tienda elige su contraseña',
          en: 'Writes the link with which the store chooses its password',
        },
      },
      tenant: distributorOption,
    },
    run: (input, terminal) => run({ open, pagesPort }, input, terminal),
  }
}

interface Host {
  readonly open: () => Promise<Application>
  readonly pagesPort: number
}

async function run({ open, pagesPort }: Host, input: CommandInput, terminal: Terminal): Promise<number> {
  for (const option of required) if (input.text(option) === undefined) throw new UsageError(missing(option))
  const typed = Object.entries(fields).map(([option, { field }]) => [field, input.text(option)] as const)
  const createUser = input.flag('without-user') ? 'no' : 'yes'
  const acceptsMessages = input.flag('accepts-messages') ? 'yes' : 'no'
  const result = parseStoreForm({ ...Object.fromEntries(typed), createUser, acceptsMessages })
  if (!result.ok) {
    for (const { text } of result.problems) terminal.writeError(text[terminal.locale])
    return 1
  }
  await using app = await open()
  const distributor = await findDistributor(app.central, input.text('tenant'))
  const store = await registerStore(app, { form: result.form, distributorId: distributor.id })
  terminal.write(created(store)[terminal.locale])
  const link = input.flag('show-link') ? linkOf(store, pagesPort) : undefined
  if (link) terminal.write(link)
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
  'contact-type': {
    field: 'contactType',
    summary: { es: 'CLIENTE o PROVEEDOR; por omisión CLIENTE', en: 'CLIENTE or PROVEEDOR; by default CLIENTE' },
  },
  person: { field: 'person', summary: { es: 'Con NIT: Natural o Juridica', en: 'With a NIT: Natural or Juridica' } },
  'first-name': { field: 'firstName', summary: { es: 'Primer nombre', en: 'First name' } },
  'middle-name': { field: 'middleName', summary: { es: 'Segundo nombre', en: 'Middle name' } },
  surname: { field: 'surname', summary: { es: 'Primer apellido', en: 'First surname' } },
  'second-surname': { field: 'secondSurname', summary: { es: 'Segundo apellido', en: 'Second surname' } },
  regime: { field: 'regime', summary: { es: 'Número del régimen, de 1 a 5', en: 'Number of the tax regime, 1 to 5' } },
  'fiscal-responsibility': {
    field: 'fiscalResponsibility',
    summary: { es: 'Número de la responsabilidad fiscal, de 1 a 5', en: 'Number of the fiscal responsibility, 1 to 5' },
  },
  ciiu: { field: 'ciiu', summary: { es: 'Código CIIU', en: 'CIIU code' } },
  postcode: { field: 'postcode', summary: { es: 'Código postal', en: 'Postcode' } },
  route: { field: 'route', summary: { es: 'Número de la ruta', en: 'Number of the route' } },
  position: { field: 'position', summary: { es: 'Número del cargo', en: 'Number of the position' } },
  'contact-name': { field: 'contactName', summary: { es: 'Nombre de contacto', en: "Contact's name" } },
}

const required = ['name', 'identification', 'email'] as const

function missing(option: string): Text {
  return {
    es: `Falta la opción --${option}: store:create --name=… --identification=… --email=…`,
    en: `The option --${option} is missing: store:create --name=… --identification=… --email=…`,
  }
}

function created({ companyId, user }: RegisteredStore): Text {
  if (!user)
    return { es: `Cliente ${companyId} creado, sin usuario.`, en: `Client ${companyId} created, without a user.` }
  const { runId } = user
  return {
    es: `Tienda ${companyId} creada. Copia ${runId} en cola: sígala con «copy:status ${runId}».`,
    en: `Store ${companyId} created. Copy ${runId} is queued: follow it with "copy:status ${runId}".`,
  }
}

/** Only when it is asked for: what a command writes is often kept. */
function linkOf({ user }: RegisteredStore, pagesPort: number): string | undefined {
  return user?.activation ? `http://localhost:${pagesPort}${activationPath(user.activation.token)}` : undefined
}
