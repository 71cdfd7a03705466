import type { CentralDatabase } from '../database/open-central.ts'
import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import { countClearPasswords } from './seal-passwords.ts'

/** What to do next with a database of the original application that was taken over; undefined in one that was always ours. */
export async function adoptionNotice(central: CentralDatabase): Promise<Text | undefined> {
  const distributor = await findOriginalDistributor(central)
  if (!distributor) return undefined
  const stores = await countStores(central)
  const passwords = await countClearPasswords(central)
  return {
    es: noticeIn('es', distributor, { stores, passwords }),
    en: noticeIn('en', distributor, { stores, passwords }),
  }
}

async function findOriginalDistributor(central: CentralDatabase): Promise<string | undefined> {
  const row = await central
    .selectFrom('tenants')
    .select('name')
    .where('kind', '=', 'distributor')
    .where('original_layout', 'is not', null)
    .executeTakeFirst()
  return row?.name
}

async function countStores(central: CentralDatabase): Promise<number> {
  const query = central.selectFrom('tenants').select(({ fn }) => fn.countAll<number>().as('stores'))
  return (await query.where('kind', '=', 'store').executeTakeFirstOrThrow()).stores
}

interface Counts {
  readonly stores: number
  readonly passwords: number
}

function noticeIn(locale: Locale, distributor: string, { stores, passwords }: Counts): string {
  const count = (number: number) => formatNumber(number, locale)
  const taken = {
    es: `Base de datos de la aplicación Laravel: distribuidora «${distributor}», ${count(stores)} tiendas registradas en tenants. Sus filas no cambiaron. Siga con ./surtidor laravel:repair y ./surtidor tenants:migrate.`,
    en: `Database of the Laravel application: distributor "${distributor}", ${count(stores)} stores registered in tenants. Its rows did not change. Go on with ./surtidor laravel:repair and ./surtidor tenants:migrate.`,
  }[locale]
  if (passwords === 0) return taken
  const clear = {
    es: `${count(passwords)} contraseñas de tenants.db_password están en claro: cuando Laravel ya no las lea, séllelas con ./surtidor tenants:seal.`,
    en: `${count(passwords)} passwords in tenants.db_password are in clear: once Laravel does not read them any more, seal them with ./surtidor tenants:seal.`,
  }[locale]
  return `${taken}\n${clear}`
}
