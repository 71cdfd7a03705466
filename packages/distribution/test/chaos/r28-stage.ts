import { sql } from 'kysely'
import { Fleet } from '../../../queue/test/chaos/harness/fleet.ts'
import { readLedgers, type Stamp } from '../../../queue/test/chaos/harness/ledger.ts'
import type { Random } from '../../../queue/test/chaos/harness/random.ts'
import type { ScenarioContext } from '../../../queue/test/chaos/harness/scenario.ts'
import { type FaultProxy, faultProxy } from '../../../queue/test/support/fault-proxy.ts'
import { startRun } from '../../src/copy/runs/runs.ts'
import { TestBed } from '../support/copy-test-bed.ts'
import { type CopyEvent, type CopyProgramSettings, type CopyRole, copiesProgram } from './r28-program.ts'

/** Seconds: the shortest for which a worker can renew what it has. */
export const retryAfter = 2
/** So many copies of a store are dispatched at a time: its own, and two by hand. */
const dispatches = 3
/** With fewer jobs than this, more are dispatched. */
const fewJobs = 5

/** A distributor with stores, workers that can be hurt, and what all parts of R28 look at. */
export class CopyStage implements AsyncDisposable {
  readonly context: ScenarioContext
  readonly bed: TestBed
  /** Between the workers and the databases of the stores; a file has none. */
  readonly proxy: FaultProxy | undefined
  readonly companies: number[] = []
  readonly workers: Fleet
  readonly zombies: Fleet
  dispatched = 0
  #next = 0

  private constructor(context: ScenarioContext, bed: TestBed, proxy: FaultProxy | undefined) {
    this.context = context
    this.bed = bed
    this.proxy = proxy
    this.workers = this.#fleetOf('worker', context.size.workers ?? 1)
    this.zombies = this.#fleetOf('zombie', 1)
  }

  static async open(context: ScenarioContext): Promise<CopyStage> {
    const bed = await TestBed.open(context.driver)
    const { address } = bed
    const proxy = address.driver === 'sqlite' ? undefined : await faultProxy(address)
    await bed.addProducts(context.size.products ?? 1)
    return new CopyStage(context, bed, proxy)
  }

  /** What the copies have told so far. */
  get told(): readonly (CopyEvent & Stamp)[] {
    return readLedgers<CopyEvent & Stamp>(this.context.folder, 'copies')
  }

  /** Registers the next store, or copies to one again that has no copy under way, when there is little to do. */
  async feed(random: Random): Promise<void> {
    // What the bed keeps for other tests is not looked at here.
    this.bed.statements.length = 0
    this.bed.logged.length = 0
    if ((await this.jobs()) >= fewJobs) return
    if (this.companies.length < (this.context.size.stores ?? 1)) {
      const { companyId } = await this.bed.register()
      this.companies.push(companyId)
      await this.#dispatchByHand(companyId)
      return
    }
    if (this.#next === 0) this.companies.splice(0, this.companies.length, ...random.shuffle(this.companies))
    const companyId = this.companies[this.#next] ?? 0
    this.#next = (this.#next + 1) % this.companies.length
    await this.copyAgain(companyId)
    await this.#dispatchByHand(companyId)
  }

  async copyAgain(companyId: number): Promise<void> {
    await startRun(this.bed, companyId)
  }

  async #dispatchByHand(companyId: number): Promise<void> {
    for (let more = 1; more < dispatches; more += 1)
      await this.bed.queue.dispatch(this.bed.copyProducts, { companyId, tenantId: this.bed.distributorId })
    this.dispatched += dispatches
  }

  async jobs(): Promise<number> {
    const { rows } = await sql<{ readonly jobs: number }>`select count(*) as jobs from jobs`.execute(this.bed.central)
    return Number(rows[0]?.jobs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workers[Symbol.asyncDispose]()
    await this.zombies[Symbol.asyncDispose]()
    await this.proxy?.[Symbol.asyncDispose]()
    await this.bed[Symbol.asyncDispose]()
  }

  #fleetOf(role: CopyRole, size: number): Fleet {
    const { driver, folder, source } = this.context
    const { address, installation } = this.bed
    const isBehindProxy = this.proxy !== undefined && role === 'worker' && address.driver !== 'sqlite'
    const settings: CopyProgramSettings = {
      source,
      driver,
      place: address.driver === 'sqlite' ? address.path : address,
      folder,
      retryAfter,
      // Who stands still is on a host of its own: only time tells the others.
      host: role,
      role,
      central: address,
      stores: isBehindProxy ? { ...address, host: this.proxy.host, port: this.proxy.port } : address,
      installation,
    }
    return new Fleet({ size, program: copiesProgram, words: ['queue:work', '--sleep=0.3'], settings, role })
  }
}
