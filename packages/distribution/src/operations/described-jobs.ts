import { describePayload, type FailedJob, type StoredJob } from '@surtidor/queue'
import type { CentralDatabase } from '../database/open-central.ts'
import type { Text } from '../i18n/locale.ts'
import { shownPayload } from './shown-payload.ts'

export interface JobDescription {
  /** The job in words a person who does not program knows, with the store's name when it is about one. */
  readonly title: Text
  /** The name by which it is found in the log. */
  readonly name: string
  /** What it was dispatched with, as indented JSON; secrets are masked. */
  readonly payload: string
  /** How often it may be tried; the table of failed jobs does not record how often it was. */
  readonly maxTries: number | null
}

export type Described<Job> = Job & { readonly description: JobDescription }

/** Adds to each job what a person wants to read; the stores' names come in one query. */
export async function describeJobs<Job extends StoredJob | FailedJob>(
  central: CentralDatabase,
  jobs: readonly Job[],
): Promise<readonly Described<Job>[]> {
  const described = jobs.map((job) => {
    const { name, data } = describePayload(job.payload)
    return { job, name, data }
  })
  const names = await storeNames(
    central,
    described.flatMap(({ data }) => companyIdOf(data) ?? []),
  )
  return described.map(({ job, name, data }) => ({
    ...job,
    description: { name, title: jobTitle(name, names.get(companyIdOf(data) ?? 0)), ...readPayload(job.payload, data) },
  }))
}

const jobTitles: Readonly<Record<string, Text>> = {
  CopyProductsToClientJob: { es: 'Copia de catálogo', en: 'Catalogue copy' },
  DeliverNotifications: { es: 'Envío de mensajes', en: 'Sending of messages' },
}

/** A Laravel class has a namespace before its name. */
function jobTitle(name: string, store: string | undefined): Text {
  const plain = jobTitles[name.split('\\').at(-1) ?? name] ?? { es: name, en: name }
  return store === undefined ? plain : { es: `${plain.es} – ${store}`, en: `${plain.en} – ${store}` }
}

function companyIdOf(data: unknown): number | undefined {
  if (typeof data !== 'object' || data === null || !('companyId' in data)) return undefined
  return typeof data.companyId === 'number' && Number.isSafeInteger(data.companyId) ? data.companyId : undefined
}

async function storeNames(central: CentralDatabase, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map()
  const stores = await central
    .selectFrom('vnt_companies')
    .select(['id', 'businessName'])
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(stores.map(({ id, businessName }) => [id, businessName]))
}

function readPayload(text: string, data: unknown): { readonly payload: string; readonly maxTries: number | null } {
  try {
    const value: unknown = JSON.parse(text)
    return { payload: shownPayload(value, data), maxTries: maxTriesOf(value) }
  } catch {
    // Somebody else wrote it, and it is shown as it stands.
    return { payload: text, maxTries: null }
  }
}

function maxTriesOf(payload: unknown): number | null {
  if (typeof payload !== 'object' || payload === null || !('maxTries' in payload)) return null
  return typeof payload.maxTries === 'number' && payload.maxTries > 0 ? payload.maxTries : null
}
