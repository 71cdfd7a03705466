import { isRate, type NotRun, type Result } from './results.ts'
import { median } from './statistics.ts'
import { type Target, targets, type Verdict } from './targets.ts'

export interface Report {
  readonly startedAt: string
  readonly command: string
  readonly rounds: number
  readonly machine: string
  readonly versions: readonly string[]
  readonly servers: readonly string[]
  readonly results: readonly Result[]
  readonly notRun: readonly NotRun[]
}

/** The report as people read it. */
export function toMarkdown(report: Report): string {
  const measures = [...new Set(report.results.map(({ measure }) => measure))]
  return [
    '# Bench',
    '',
    `${report.startedAt}, \`${report.command}\`, ${report.rounds} rounds. Medians; the figures of one table were taken in turn.`,
    '',
    ...[report.machine, ...report.versions, ...report.servers].map((line) => `- ${line}`),
    '',
    '## Targets',
    '',
    ...targetTable(report.results),
    ...measures.flatMap((measure) => ['', `## ${measure}`, '', ...measureTable(report.results, measure)]),
    ...notRunTable(report.notRun),
    '',
  ].join('\n')
}

function targetTable(results: readonly Result[]): readonly string[] {
  const rows = targets.map((target) => targetRow(target, target.judge(results)))
  return table(['measure', 'target', 'ours', 'other', 'ratio', ''], rows)
}

function targetRow({ row, promise }: Target, verdict: Verdict | undefined): readonly string[] {
  if (!verdict) return [row, promise, '', '', '', 'not run']
  const { ours, other, ratio, isMet } = verdict
  return [
    row,
    promise,
    number(ours),
    other === undefined ? '' : number(other),
    ratio?.toFixed(2) ?? '',
    isMet ? '✔' : '✘',
  ]
}

function measureTable(results: readonly Result[], measure: string): readonly string[] {
  const rows = results
    .filter((result) => result.measure === measure)
    .toSorted((a, b) => a.metric.localeCompare(b.metric) || bestFirst(a, b))
    .map(({ contender, setting, metric, values }) => [
      contender,
      setting,
      metric,
      number(median(values)),
      `${number(Math.min(...values))}–${number(Math.max(...values))}`,
    ])
  return table(['contender', 'setting', 'figure', 'median', 'min–max'], rows)
}

function bestFirst(a: Result, b: Result): number {
  const difference = median(a.values) - median(b.values)
  return isRate(a.metric) ? -difference : difference
}

function notRunTable(notRun: readonly NotRun[]): readonly string[] {
  if (notRun.length === 0) return []
  const rows = notRun.map(({ measure, contender, reason }) => [measure, contender, reason.replaceAll(/[\n|]+/g, ' ')])
  return ['', '## Not run', '', ...table(['measure', 'contender', 'reason'], rows)]
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
