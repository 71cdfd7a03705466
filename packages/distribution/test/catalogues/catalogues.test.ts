import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryLife } from '../support/arbitrary-catalogues.ts'
import { CatalogueCheck } from './catalogue-check.ts'

test('whatever the catalogue, its rules and the store, copy and oracle agree, and a second copy writes nothing', async () => {
  await using check = await CatalogueCheck.open()

  await fc.assert(
    fc.asyncProperty(arbitraryLife, (life) => check.run(life)),
    { numRuns: 150 },
  )
})
