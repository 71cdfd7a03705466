/** What every contender's job carries: about 300 bytes as JSON, with the moment of its dispatch for the latency measure. */
export interface JobData {
  /** Milliseconds of the machine's monotonic clock. */
  readonly sentAt: number
  readonly padding: string
}

const padding = 'x'.repeat(270)

export function jobData(sentAt = 0): JobData {
  return { sentAt, padding }
}

export function manyJobs(count: number): readonly JobData[] {
  return Array.from({ length: count }, () => jobData())
}

/** The clock that all processes of a Linux machine share. */
export function machineNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
