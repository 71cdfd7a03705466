import type { LedgerEntry } from './harness/ledger.ts'
import { trend } from './harness/trend.ts'

export type Sample = Pick<
  Extract<LedgerEntry, { readonly event: 'sample' }>,
  't' | 'heapMegabytes' | 'residentMegabytes' | 'handles'
>

export interface Growth {
  readonly heapPerHour: number
  readonly residentPerHour: number
  readonly heapMegabytes: number
  readonly handles: { readonly least: number; readonly most: number }
}

/** Megabytes an hour. */
const steepest = 10
const handlesApart = 2
/** Code is compiled and pools fill up: so much of the time does not count. */
const warmUp = 0.2

/** Of one process, in the order in which they were taken. */
export function growthOf(samples: readonly Sample[]): Growth {
  const counted = samples.slice(Math.floor(samples.length * warmUp))
  const perHour = (measure: 'heapMegabytes' | 'residentMegabytes') =>
    trend(counted.map((sample) => ({ x: sample.t / 3_600_000, y: sample[measure] })))
  const handles = counted.map((sample) => sample.handles)
  return {
    heapPerHour: perHour('heapMegabytes'),
    residentPerHour: perHour('residentMegabytes'),
    heapMegabytes: counted.at(-1)?.heapMegabytes ?? 0,
    handles: { least: Math.min(...handles), most: Math.max(...handles) },
  }
}

/** Sentences that say where a process grows. */
export function complaintsOf(process: string, { heapPerHour, handles }: Growth): readonly string[] {
  return [
    ...(heapPerHour < steepest ? [] : [`The heap of the ${process} grows by ${heapPerHour.toFixed(1)} MB an hour.`]),
    ...(handles.most - handles.least <= handlesApart
      ? []
      : [`From ${handles.least} to ${handles.most} files of the ${process} were open.`]),
  ]
}
