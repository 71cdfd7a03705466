import { parseArgs } from 'node:util'
import { median } from '../../../queue/bench/statistics.ts'
import { type Application, openApplication } from '../../src/app.ts'
import { startRun } from '../../src/copy/runs/runs.ts'
import { type OpenedStore, openStore, timeCopy } from './contenders/ours.ts'
import { ourConfig } from './databases/our-config.ts'
import type { Place } from './databases/place.ts'
import { Workplace } from './databases/workplace.ts'

/**
 * What copies after the first cost, and what many stores cost, each beside a first copy of one store in the same process. On
 * MariaDB, one server. Prints two tables; answers 1 when a copy wrote what it should not have.
 */
const { values } = parseArgs({
  options: {
    products: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '7' },
    stores: { type: 'string', default: '200' },
    'store-products': { type: 'string', default: '5000' },
  },
})

process.exitCode = (await laterCopies(Number(values.products), Number(values.rounds))) ? 0 : 1
await manyStores(Number(values['store-products']), Number(values.stores))

async function laterCopies(products: number, rounds: number): Promise<boolean> {
  await using bench = await openBench(products)
  const times: Record<'first' | 'compared' | 'repeated', number[]> = { first: [], compared: [], repeated: [] }
  let areUnchanged = true
  const again = async (store: OpenedStore, kind: 'compared' | 'repeated') => {
    const { id, jobUuid } = await startRun(bench.app, store.request.companyId)
    const request = { ...store.request, runId: id }
    times[kind].push((await timeCopy(bench.app, { ...store, request, jobUuid })).milliseconds)
    const { unchanged, updated, copied, total, skipped } = await countsOf(bench.app, id)
    areUnchanged &&= updated === 0 && copied === 0 && unchanged + skipped === total && total > 0
  }
  // The first rounds are for Node, which compiles what runs often.
  for (let round = -3; round < rounds; round += 1) {
    const store = await bench.open()
    times.first.push((await timeCopy(bench.app, store)).milliseconds)
    // As if it had been copied by a release that noted nothing.
    await bench.app.central.deleteFrom('sync_marks').execute()
    await again(store, 'compared')
    await again(store, 'repeated')
    await bench.close(store)
    if (round < 0) for (const list of Object.values(times)) list.length = 0
  }
  const first = median(times.first)
  console.log(`| ${products.toLocaleString('en')} products | median ms | times the first copy |\n|---|---|---|`)
  for (const [kind, list] of Object.entries(times))
    console.log(`| ${kind} | ${median(list).toFixed(0)} | ${(median(list) / first).toFixed(2)} |`)
  console.log(areUnchanged ? '\nNo later copy wrote a product.\n' : '\nA later copy wrote products!\n')
  return areUnchanged
}

async function manyStores(products: number, count: number): Promise<void> {
  await using bench = await openBench(products)
  const alone: number[] = []
  for (let round = -3; round < 9; round += 1) {
    const store = await bench.open()
    // A worker of its own, which has read nothing yet.
    await using app = await openApplication(ourConfig(bench.source))
    const { milliseconds } = await timeCopy(app, store)
    if (round >= 0) alone.push(milliseconds)
    await bench.close(store)
  }
  const stores: OpenedStore[] = []
  while (stores.length < count) stores.push(await bench.open())
  const startedAt = performance.now()
  for (const store of stores) await timeCopy(bench.app, store)
  const each = (performance.now() - startedAt) / count
  for (const store of stores) await bench.close(store)
  console.log(`| ${products.toLocaleString('en')} products | ms for each store | ratio |\n|---|---|---|`)
  console.log(`| one store alone, median of ${alone.length} | ${median(alone).toFixed(0)} | 1.00 |`)
  console.log(`| ${count} stores, one worker | ${each.toFixed(0)} | ${(each / median(alone)).toFixed(2)} |`)
}

interface Bench extends AsyncDisposable {
  readonly source: Place
  readonly app: Application
  open(): Promise<OpenedStore>
  close(store: OpenedStore): Promise<void>
}

async function openBench(products: number): Promise<Bench> {
  const workplace = new Workplace(new AbortController().signal)
  const source = await workplace.createSource('mariadb', 'ours', { products, seed: 1 })
  const app = await openApplication(ourConfig(source))
  return {
    source,
    app,
    open: async () => openStore(app, { source, target: await workplace.createTarget('mariadb', 'ours') }),
    close: ({ place }) => workplace.drop(place),
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]()
      await workplace[Symbol.asyncDispose]()
    },
  }
}

function countsOf({ central }: Application, runId: number) {
  return central
    .selectFrom('copy_runs')
    .select(['total', 'copied', 'updated', 'unchanged', 'skipped'])
    .where('id', '=', runId)
    .executeTakeFirstOrThrow()
    .then(({ total, ...counts }) => ({ ...counts, total: total ?? 0 }))
}
