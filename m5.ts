import { TestBed } from './packages/distribution/test/support/copy-test-bed.ts'
import { bedDrivers } from './packages/distribution/test/support/bed-place.ts'
import { SharedMemory } from './packages/distribution/src/sync/shared-memory.ts'
import { readCatalogueRevision } from './packages/distribution/src/sync/catalogue-revision.ts'
import { readStoreRevision } from './packages/distribution/src/sync/store-revision.ts'
for (const d of bedDrivers) {
  await using bed = await TestBed.open(d, { memory: new SharedMemory() })
  await bed.addProducts(10000)
  const best: Record<string, number> = {}
  const timed = async (n: string, w: () => Promise<unknown>) => { const t = performance.now(); const r = await w(); best[n] = Math.round(Math.min(best[n] ?? 1e9, performance.now()-t)*10)/10; return r as any }
  for (let i=0;i<4;i++) {
  const r = await bed.register()
  await timed(i === 0 ? 'first' : 'firstWithCache', () => bed.copy(r))
  for (let k=0;k<3;k++) await timed('again', () => bed.copyAgain(r.companyId))
  await using store = await bed.store(r.runId)
  for (let k=0;k<3;k++) {
  await timed('catalogue', () => readCatalogueRevision(bed.central, {distributorId: bed.distributorId, baseLabel:'Precio Regular'}))
  await timed('store', () => readStoreRevision(store, r.companyId)) }
  }
  console.log(d, JSON.stringify(best))
}
