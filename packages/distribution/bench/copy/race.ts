import { type Catalog, type Expected, expectedOf } from './catalog/seeded-product.ts'
import { checkCopy } from './check-copy.ts'
import type { Copied } from './contenders/contender.ts'
import { type Contender, contenders, tablesOf } from './contenders/registry.ts'
import type { Place, Tables } from './databases/place.ts'
import type { Workplace } from './databases/workplace.ts'
import { type Lane, lanes } from './lanes.ts'
import { type Options, roundsOf } from './options.ts'
import { runContender } from './run-contender.ts'

/** All copies of one contender in one lane, of catalogues of one size. */
export interface Result {
  readonly contender: Contender
  readonly products: number
  readonly copies: Copied[]
}

export interface Race {
  readonly results: readonly Result[]
  readonly failures: readonly string[]
}

/** Everyone copies the same catalogues, one after the other, and each round turns their order round. */
export async function race(workplace: Workplace, options: Options): Promise<Race> {
  const results: Result[] = []
  const failures: string[] = []
  for (const products of options.sizes) {
    for (const kind of ['mariadb', 'postgres', 'sqlite'] as const) {
      const entries = entriesOf(workplace, options, { kind, products })
      if (entries.length === 0) continue
      results.push(...entries)
      await raceOnSource({ workplace, options, kind, entries, failures }, { products, seed: options.seed })
    }
  }
  return { results, failures }
}

function entriesOf(workplace: Workplace, options: Options, { kind, products }: Leg): readonly Result[] {
  const open = lanes.filter(({ key, source }) => source === kind && options.lanes.includes(key))
  const runnable = open.filter(({ key }) => workplace.whyMissing(key) === undefined)
  return contenders
    .filter(({ name }) => options.contenders.includes(name))
    .filter(
      ({ lane, maxProducts = Number.POSITIVE_INFINITY }) =>
        runnable.some(({ key }) => key === lane) && products <= maxProducts,
    )
    .map((contender) => ({ contender, products, copies: [] }))
}

interface Leg {
  readonly kind: Lane['source']
  readonly products: number
}

interface Heat {
  readonly workplace: Workplace
  readonly options: Options
  readonly kind: Lane['source']
  readonly entries: readonly Result[]
  readonly failures: string[]
}

async function raceOnSource(heat: Heat, catalog: Catalog): Promise<void> {
  const { workplace, options, entries } = heat
  const sources = await makeSources(heat, catalog)
  const course = { sources, expected: expectedOf(catalog) }
  const broken = new Set<Result>()
  for (let round = 0; round < roundsOf(options, catalog.products); round += 1) {
    const order = round % 2 === 0 ? entries : entries.toReversed()
    for (const entry of order) {
      if (!broken.has(entry) && !(await succeeds(heat, entry, course))) broken.add(entry)
    }
  }
  for (const source of sources.values()) await workplace.drop(source)
}

/** The same catalogue once for each kind of tables that somebody copies from. */
async function makeSources({ workplace, kind, entries }: Heat, catalog: Catalog): Promise<ReadonlyMap<Tables, Place>> {
  const sources = new Map<Tables, Place>()
  for (const tables of new Set(entries.map(({ contender }) => tablesOf(contender)))) {
    const startedAt = performance.now()
    sources.set(tables, await workplace.createSource(kind, tables, catalog))
    const time = seconds(performance.now() - startedAt)
    say(`${catalog.products} products on ${kind}, tables ${tables}: made in ${time}`)
  }
  return sources
}

async function succeeds({ workplace, failures }: Heat, entry: Result, course: Course): Promise<boolean> {
  try {
    await runOnce(workplace, entry, course)
    return true
  } catch (error) {
    // Who was killed because the bench ends has not failed.
    workplace.ending.throwIfAborted()
    const text = `${titleOf(entry)}: ${error instanceof Error ? error.message : error}`
    failures.push(text)
    say(text)
    return false
  }
}

const companyId = 1
const limitMs = 900_000
/**
 * A worker is no new process for each store: it has copied so many products before, in so many stores at the most, and what it
 * runs often is compiled. A longer copy warms itself up.
 */
const copiedBefore = 100_000
const storesBefore = 40

function warmUpsOf({ contender, products }: Result): number {
  if (contender.name === 'original' || products > 10_000) return 0
  return Math.min(storesBefore, Math.ceil(copiedBefore / products))
}

interface Course {
  readonly sources: ReadonlyMap<Tables, Place>
  readonly expected: Expected
}

async function runOnce(workplace: Workplace, entry: Result, { sources, expected }: Course): Promise<void> {
  const { module, lane } = entry.contender
  const tables = tablesOf(entry.contender)
  const source = sources.get(tables)
  if (!source) throw new Error('The catalogue was not made.')
  const target = await workplace.createTarget(lane, tables)
  const warmUps: Place[] = []
  while (warmUps.length < warmUpsOf(entry)) warmUps.push(await workplace.createTarget(lane, tables))
  const copied = await runContender({ module, databases: { source, target, companyId }, warmUps }, limitMs)
  await checkCopy(copied.target ?? target, copied.companyId ?? companyId, expected)
  entry.copies.push(copied)
  say(`${titleOf(entry)}: ${seconds(copied.milliseconds)}, ${Math.round(copied.peakMegabytes)} MB`)
  for (const place of [target, ...warmUps]) await workplace.drop(place)
}

function titleOf({ contender: { name, lane }, products }: Result): string {
  return `${products} products, ${lane}, ${name}`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`
}

function say(text: string): void {
  console.error(text)
}
