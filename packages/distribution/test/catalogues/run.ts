import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { arbitraryLife } from '../support/arbitrary-catalogues.ts'
import { CatalogueCheck } from './catalogue-check.ts'

/**
 * `npm run verify:catalogues -- --count=10000 --seed=N`: the long form of catalogues.test.ts. Two catalogues are one life of
 * a store: the second is what the first has become, and is copied twice. The seed of a failure gives it again.
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string' } },
})
const lives = Math.ceil(Number(values.count) / 2)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const startedAt = performance.now()
await using check = await CatalogueCheck.open()
let done = 0

console.log(`${2 * lives} random catalogues, seed ${seed}`)
await fc.assert(
  fc.asyncProperty(arbitraryLife, async (life) => {
    await check.run(life)
    done += 1
    if (done % 250 === 0) console.log(`copy and oracle agree about ${2 * done}, ${secondsSince(startedAt)} s`)
  }),
  { numRuns: lives, seed },
)
console.log(`copy and oracle agree about all: ${JSON.stringify(check.totals)}, ${secondsSince(startedAt)} s`)

function secondsSince(moment: number): number {
  return Math.round((performance.now() - moment) / 1000)
}
