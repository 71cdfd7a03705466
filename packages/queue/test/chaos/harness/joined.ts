import type { Verdict } from './scenario.ts'

const mostNamed = 20

/** One verdict of several: what was counted is added up. */
export function joined(verdicts: readonly Verdict[]): Verdict {
  const sum = (name: string) => verdicts.reduce((total, { figures }) => total + Number(figures[name] ?? 0), 0)
  const names = new Set(verdicts.flatMap(({ figures }) => Object.keys(figures)))
  return {
    figures: Object.fromEntries([...names].map((name) => [name, sum(name)])),
    faults: verdicts.reduce((total, { faults }) => total + faults, 0),
    untried: verdicts.flatMap(({ untried = [] }) => untried),
    violations: verdicts.flatMap(({ violations }) => violations).slice(0, mostNamed),
  }
}
