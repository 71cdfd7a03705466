import { defineJob, type JobOptions } from '../../../src/index.ts'
import { type HarmfulData, harmfulJob } from '../../support/supervised-program.ts'
import { type LoadedQueue, loadQueue, type Place } from './loaded-queue.ts'
import type { ScenarioContext } from './scenario.ts'

/** Dispatches jobs of the program whose jobs do harm. */
export interface HarmfulProducer extends AsyncDisposable {
  readonly queue: ReturnType<LoadedQueue['index']['createQueue']>
  /** Answers the uuids, in their order. */
  push(all: readonly HarmfulData[], options?: JobOptions & { readonly queue?: string }): Promise<readonly string[]>
}

export async function openHarmfulProducer(
  { driver, source }: Pick<ScenarioContext, 'driver' | 'source'>,
  place: Place,
): Promise<HarmfulProducer> {
  const loaded = await loadQueue(source, driver)
  const queue = loaded.index.createQueue({ connection: loaded.connect(place, { retryAfter: 30 }) })
  return {
    queue,
    push: async (all, { queue: name, ...options } = {}) => {
      const definition = defineJob<HarmfulData>(harmfulJob, options, () => undefined)
      const pushed = await queue.pushMany(definition, all, name === undefined ? {} : { queue: name })
      return pushed.map(({ uuid }) => uuid)
    },
    [Symbol.asyncDispose]: () => queue.close(),
  }
}
