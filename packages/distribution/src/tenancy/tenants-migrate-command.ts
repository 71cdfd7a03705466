import type { Command, CommandInput, Terminal } from '@surtidor/queue/commands'
import { SingleBar } from 'cli-progress'
import { formatNumber, type Text } from '../i18n/locale.ts'
import { currentStoreSchema } from '../migrations/store-schema.ts'
import {
  countStores,
  type MigratedTenants,
  migrateTenant,
  migrateTenants,
  type TenantFailure,
} from './migrate-tenants.ts'
import type { ProvisionDependencies } from './provision-store.ts'
import { findStoreTenant, findStoreTenantOf, type StoreTenant } from './store-tenants.ts'

type Application = ProvisionDependencies & AsyncDisposable

/**
 * `tenants:migrate [--tenant=ID] [--json]`: brings the database of every store to the current schema. Exit code 1 when one
 * of them could not be; they stand at the end, each with the reason.
 */
export function tenantsMigrateCommand(open: () => Promise<Application>): Command {
  return {
    name: 'tenants:migrate',
    summary: {
      es: 'Crea o actualiza las bases de datos de las tiendas',
      en: "Creates or updates the stores' databases",
    },
    options: {
      tenant: {
        kind: 'text',
        summary: {
          es: 'Solo esta tienda: su número, o el id de tenants',
          en: 'Only this store: its number, or the id in tenants',
        },
      },
      json: { kind: 'flag', summary: { es: 'Escribe JSON', en: 'Writes JSON' } },
    },
    run: (input, terminal) => run(open, input, terminal),
  }
}

async function run(open: () => Promise<Application>, input: CommandInput, terminal: Terminal): Promise<number> {
  await using app = await open()
  const isJson = input.flag('json')
  const only = input.text('tenant')
  const result = await (only === undefined
    ? migrateAll(app, isJson ? undefined : terminal)
    : migrateOne(app, await findTenant(app, only)))
  if (isJson) terminal.write(JSON.stringify(reportOf(result, terminal), null, 2))
  else writeResult(result, terminal)
  return result.failures.length === 0 ? 0 : 1
}

type Result = MigratedTenants & { readonly stores: number }

async function migrateAll(app: Application, terminal: Terminal | undefined): Promise<Result> {
  const stores = await countStores(app)
  const progress = terminal && progressOn(terminal)
  try {
    return { stores, ...(await migrateTenants(app, progress ? { onProgress: progress.show } : {})) }
  } finally {
    progress?.stop()
  }
}

/** A store that is named is looked at even when the registry has it as current. */
async function migrateOne(app: Application, tenant: StoreTenant): Promise<Result> {
  const failure = await migrateTenant(app, tenant)
  return { stores: 1, behind: 1, migrated: failure ? 0 : 1, failures: failure ? [failure] : [] }
}

function findTenant({ central }: Application, word: string): Promise<StoreTenant> {
  return /^\d{1,9}$/.test(word) ? findStoreTenantOf(central, Number(word)) : findStoreTenant(central, word)
}

interface Progress {
  show(progress: { readonly done: number; readonly behind: number }): void
  stop(): void
}

/** Stores between two lines where nobody watches. */
const storesPerLine = 100

/** A bar for a person who watches, else a line now and then. */
function progressOn({ isInteractive, locale, write }: Terminal): Progress {
  if (!isInteractive) {
    const show: Progress['show'] = ({ done, behind }) => {
      if (done % storesPerLine === 0 && done < behind) write(progressLine(done, behind)[locale])
    }
    return { show, stop: () => undefined }
  }
  const format = `{bar} {percentage}% · {value}/{total} ${{ es: 'tiendas', en: 'stores' }[locale]}`
  const bar = new SingleBar({ format, hideCursor: true })
  let isShown = false
  const show: Progress['show'] = ({ done, behind }) => {
    if (isShown) bar.update(done)
    else bar.start(behind, done)
    isShown = true
  }
  return { show, stop: () => bar.stop() }
}

function progressLine(done: number, behind: number): Text {
  return {
    es: `${formatNumber(done, 'es')} de ${formatNumber(behind, 'es')} tiendas …`,
    en: `${formatNumber(done, 'en')} of ${formatNumber(behind, 'en')} stores …`,
  }
}

function writeResult({ stores, behind, migrated, failures }: Result, terminal: Terminal): void {
  const current = Math.max(0, stores - behind)
  terminal.write(totalLine({ migrated, current, failed: failures.length })[terminal.locale])
  for (const failure of failures) terminal.writeError(failureLine(failure)[terminal.locale])
  if (failures.length > 0) terminal.writeError(goOn[terminal.locale])
}

function totalLine(counts: { readonly migrated: number; readonly current: number; readonly failed: number }): Text {
  const of = (count: number, locale: 'es' | 'en') => formatNumber(count, locale)
  const { migrated, current, failed } = counts
  return {
    es: `Tiendas: ${of(migrated, 'es')} migradas, ${of(current, 'es')} ya al día, ${of(failed, 'es')} con error.`,
    en: `Stores: ${of(migrated, 'en')} migrated, ${of(current, 'en')} current before, ${of(failed, 'en')} failed.`,
  }
}

function failureLine({ companyId, database, reason }: TenantFailure): Text {
  const where = database === '' ? '' : ` (${database})`
  return { es: `Tienda ${companyId}${where}: ${reason.es}`, en: `Store ${companyId}${where}: ${reason.en}` }
}

const goOn: Text = {
  es: 'Corrija lo que dice cada línea y repita «tenants:migrate»: sigue con las que faltan.',
  en: 'Mend what each line says and repeat "tenants:migrate": it goes on with those that are left.',
}

function reportOf({ stores, behind, migrated, failures }: Result, { locale }: Terminal) {
  const failed = failures.map(({ tenantId, companyId, database, code, reason }) => ({
    tenant: tenantId,
    store: companyId,
    database,
    code,
    reason: reason[locale],
  }))
  return { schemaVersion: currentStoreSchema.version, stores, current: Math.max(0, stores - behind), migrated, failed }
}
