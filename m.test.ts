import { TestBed } from './packages/distribution/test/support/copy-test-bed.ts'
import { bedDrivers } from './packages/distribution/test/support/bed-place.ts'
for (const d of bedDrivers) {
  await using bed = await TestBed.open(d)
  await bed.addProducts(10000)
  const r = await bed.register()
  let t = performance.now(); await bed.copy(r); console.log(d, 'first', performance.now()-t)
  t = performance.now(); await bed.copyAgain(r.companyId); console.log(d, 'again', performance.now()-t)
}
