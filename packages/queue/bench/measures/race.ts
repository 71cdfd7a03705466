import type { Bench, Entry } from '../bench.ts'
import type { ChildAction, Figures } from '../child-task.ts'
import { type Contender, contenders, type Race } from '../contenders/registry.ts'
import { runChild } from '../run-child.ts'

export interface RacePlan {
  /** What the results are filed under. */
  readonly measure: string
  readonly race: Race
  readonly trial: (entry: Entry) => Promise<Figures>
}

/** So many settings of a contender run in all rounds: one lucky calibration must not decide. */
const finalists = 2

/** Runs all contenders of a race in turn, round after round, the order turned round each time. */
export async function runRace(bench: Bench, plan: RacePlan): Promise<void> {
  const players = bench.available(
    plan.measure,
    contenders.filter(({ plays }) => plays[plan.race]),
  )
  let entries = await chooseSettings(bench, plan, players)
  for (let round = 0; round < bench.options.rounds; round += 1) {
    entries = (await runRound(bench, plan, entries)).toReversed()
  }
}

/** Answers those that did not break. */
async function runRound(bench: Bench, plan: RacePlan, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const stillIn: Entry[] = []
  for (const entry of entries) {
    const figures = await bench.attempt(plan.measure, entry, () => plan.trial(entry))
    if (!figures) continue
    bench.keep(plan.measure, entry, figures)
    stillIn.push(entry)
  }
  return stillIn
}

/** A trial that is one child in an empty place. */
export function childTrial(bench: Bench, action: ChildAction, size: (contender: Contender) => number) {
  return ({ contender, settings }: Entry): Promise<Figures> =>
    bench.places.lend(contender.database, (place) =>
      runChild({ action, module: contender.module, place, settings, size: size(contender) }),
    )
}

async function chooseSettings(bench: Bench, plan: RacePlan, players: readonly Contender[]): Promise<readonly Entry[]> {
  const chosen: Entry[] = []
  for (const contender of players) {
    const entries = (contender.plays[plan.race] ?? []).map((settings) => ({ contender, settings }))
    if (bench.options.isQuick) chosen.push(...entries.slice(0, 1))
    else if (entries.length <= finalists) chosen.push(...entries)
    else chosen.push(...(await calibrate(bench, plan, entries)))
  }
  return chosen
}

async function calibrate(bench: Bench, plan: RacePlan, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const rates: { readonly entry: Entry; readonly rate: number }[] = []
  for (const entry of entries) {
    const figures = await bench.attempt(`calibrating ${plan.measure}`, entry, () => plan.trial(entry))
    if (figures) rates.push({ entry, rate: figures['jobs/s'] ?? 0 })
  }
  const fastestFirst = rates.toSorted((a, b) => b.rate - a.rate)
  return fastestFirst.slice(0, finalists).map(({ entry }) => entry)
}
