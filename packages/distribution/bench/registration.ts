import { mkdtempSync, rmSync } from 'node:fs'
import { arch, cpus, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, openApplication } from '../src/app.ts'
import { importCatalog } from '../src/catalog/import-catalog.ts'
import { generatedPriceList } from '../src/catalog/price-list-text.ts'
import { readConfig } from '../src/config.ts'
import { listen } from '../src/http/listen.ts'
import { createHttpApp } from '../src/http-app.ts'
import { findDistributor } from '../src/tenancy/distributor.ts'

/**
 * Does registering a store take longer when the distributor has more products? Two servers in one process, one with a
 * small and one with a large catalogue, are asked in turn over HTTP; the ratio of the medians is what counts.
 */
const rounds = Number(process.argv[2] ?? 300)
const warmUp = 20
const sizes = [50, 50_000] as const

interface Site extends AsyncDisposable {
  readonly products: number
  readonly url: string
  readonly timesMs: number[]
}

const sites = [await openSite(sizes[0]), await openSite(sizes[1])]
try {
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (const site of round % 2 === 0 ? sites : sites.toReversed()) {
      const time = await register(site, round)
      if (round >= warmUp) site.timesMs.push(time)
    }
  }
  report(sites)
} finally {
  for (const site of sites) await site[Symbol.asyncDispose]()
}

async function openSite(products: number): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'surtidor-bench-'))
  const app = await openApplication(readConfig({ LOG_LEVEL: 'error' }, folder))
  await fill(app, products)
  const distributorId = async () => (await findDistributor(app.central)).id
  const server = await listen(createHttpApp({ ...app, locale: 'es', distributorId }), { port: 0 })
  return {
    products,
    url: server.url,
    timesMs: [],
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await app[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function fill({ central }: Application, products: number): Promise<void> {
  const distributor = await findDistributor(central)
  const bytes = Buffer.from([...generatedPriceList(products)].join(''))
  await importCatalog({ central }, { distributorId: distributor.id, bytes })
}

async function register({ url }: Site, round: number): Promise<number> {
  const form = {
    contactType: 'CLIENTE',
    name: `Tienda ${round}`,
    type: 'CC',
    firstName: 'Ana',
    surname: 'Niño',
    address: 'Calle 45 # 12-30',
    district: 'Santa Fe',
    city: 'Bogotá',
    createUser: 'yes',
    identification: String(10_000_000 + round),
    email: `t${round}@example.co`,
  }
  const startedAt = performance.now()
  const answer = await fetch(`${url}/stores`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { origin: url },
    redirect: 'manual',
  })
  await answer.arrayBuffer()
  const time = performance.now() - startedAt
  if (answer.status !== 303) throw new Error(`The registration answered ${answer.status}.`)
  return time
}

function report(measured: readonly Site[]): void {
  console.log(
    `Node ${process.version}, SQLite ${process.versions.sqlite}, ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model}`,
  )
  console.log(`${rounds} registrations each, in turn, after ${warmUp} uncounted ones\n`)
  console.log('| active products | median ms | p5 | p95 |\n|---|---|---|---|')
  for (const { products, timesMs } of measured) {
    console.log(`| ${products} | ${quantile(timesMs, 0.5)} | ${quantile(timesMs, 0.05)} | ${quantile(timesMs, 0.95)} |`)
  }
  const [small, large] = measured.map(({ timesMs }) => Number(quantile(timesMs, 0.5)))
  console.log(`\nratio of the medians: ${((large ?? 0) / (small ?? 1)).toFixed(2)}`)
}

function quantile(values: readonly number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(2)
}
