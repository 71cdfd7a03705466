import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Bench } from './bench.ts'
import { describeMachine, describeVersions } from './machine.ts'
import { claim } from './measures/claim.ts'
import { dispatch, dispatchMany } from './measures/dispatch.ts'
import { idle } from './measures/idle.ts'
import { latency } from './measures/latency.ts'
import { memory } from './measures/memory.ts'
import { oneAtATime, throughput } from './measures/throughput.ts'
import type { MeasureName, Options } from './options.ts'
import { type Report, toMarkdown } from './report.ts'
import { Places } from './servers/places.ts'

const measures: Readonly<Record<MeasureName, (bench: Bench) => Promise<void>>> = {
  throughput,
  'one-at-a-time': oneAtATime,
  dispatch,
  'dispatch-many': dispatchMany,
  claim,
  latency,
  idle,
  memory,
}

/** Starts the servers, takes every measure that was asked for, and writes the report; false when a contender broke. */
export async function measureAll(options: Options, command: string): Promise<boolean> {
  const startedAt = new Date().toISOString()
  await using places = new Places()
  await places.start(options.databases)
  const bench = new Bench(options, places)
  const head = {
    startedAt,
    command,
    rounds: options.rounds,
    machine: describeMachine(),
    versions: describeVersions(),
    servers: places.descriptions(),
  }
  for (const line of [head.machine, ...head.versions, ...head.servers]) console.error(line)
  for (const name of options.measures) await measures[name](bench)
  write({ ...head, results: bench.results, notRun: bench.notRun })
  return !bench.hasFailed
}

function write(report: Report): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const markdown = toMarkdown(report)
  writeFileSync(join(folder, 'latest.md'), markdown)
  writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(report, null, 2)}\n`)
  console.log(markdown)
}
