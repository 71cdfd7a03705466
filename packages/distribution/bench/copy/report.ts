import { median } from '../../../queue/bench/statistics.ts'
import { lanes } from './lanes.ts'
import type { Race, Result } from './race.ts'
import { judge, medianMs, type Target, targets } from './targets.ts'

export interface Environment {
  readonly startedAt: string
  readonly command: string
  readonly lines: readonly string[]
  readonly notRun: readonly string[]
}

/** The report as people read it. */
export function toMarkdown({ results, failures }: Race, environment: Environment): string {
  const missing = [...environment.notRun, ...failures]
  return [
    '# Bench of the copy',
    '',
    `${environment.startedAt}, \`${environment.command}\``,
    '',
    ...environment.lines.map((line) => `- ${line}`),
    '',
    'Milliseconds from the first statement to the last commit; medians of copies that were taken in turn.',
    '',
    ...table(
      [
        'products',
        'databases',
        'contender',
        'copies',
        'median ms',
        'min–max',
        'products/s',
        'peak MB',
        'times hand',
        'times faster than the original',
      ],
      results.filter(({ copies }) => copies.length > 0).map((result) => resultRow(result, results)),
    ),
    '',
    '## Targets',
    '',
    ...table(
      ['products', 'databases', 'target', 'ours ms', 'other ms', 'ratio', ''],
      targets.map((target) => targetRow(target, results)),
    ),
    ...(missing.length > 0
      ? ['', '## Not run', '', ...missing.map((line) => `- ${line.replaceAll(/\s+/g, ' ')}`)]
      : []),
    '',
  ].join('\n')
}

function resultRow({ contender, products, copies }: Result, results: readonly Result[]): readonly string[] {
  const { name, lane } = contender
  const times = copies.map(({ milliseconds }) => milliseconds)
  const time = median(times)
  const hand = medianMs(results, { name: 'hand', lane, products })
  const original = medianMs(results, { name: 'original', lane, products })
  return [
    whole(products),
    titleOf(lane),
    name,
    String(copies.length),
    number(time),
    `${number(Math.min(...times))}–${number(Math.max(...times))}`,
    whole((products / time) * 1000),
    whole(median(copies.map(({ peakMegabytes }) => peakMegabytes))),
    hand === undefined ? '' : (time / hand).toFixed(2),
    original === undefined ? '' : (original / time).toFixed(1),
  ]
}

function targetRow(target: Target, results: readonly Result[]): readonly string[] {
  const { products, lane, other, factor, isVerified } = target
  const { ours, other: otherMs, ratio, isMet } = judge(target, results)
  const against =
    other === 'original' ? `≥ ${factor} times faster than the original` : `≤ ${factor} times the time by hand`
  const promise = isVerified ? `with copy:verify after it ${against}` : against
  const verdict = isMet === undefined ? 'not run' : isMet ? '✔' : '✘'
  const cells = [ours, otherMs].map((value) => (value === undefined ? '' : number(value)))
  return [whole(products), titleOf(lane), promise, ...cells, ratio?.toFixed(2) ?? '', verdict]
}

function titleOf(lane: string): string {
  return lanes.find(({ key }) => key === lane)?.title ?? lane
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
