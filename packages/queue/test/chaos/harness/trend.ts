interface Point {
  readonly x: number
  readonly y: number
}

/** More than these would have millions of pairs. */
const mostPoints = 500

/**
 * How fast a measure grows, by Theil and Sen: the median of the slopes between all pairs of points, which a few outliers do
 * not move. Many points are put together, neighbour by neighbour, before. Answers units of `y` per unit of `x`; 0 for fewer
 * than two points.
 */
export function trend(points: readonly Point[]): number {
  const fewer = thinned(points)
  const slopes = fewer.flatMap((one, index) =>
    fewer.slice(index + 1).flatMap((other) => (other.x === one.x ? [] : [(other.y - one.y) / (other.x - one.x)])),
  )
  return median(slopes)
}

/** The median of each group, so that outliers stay without weight. */
function thinned(points: readonly Point[]): readonly Point[] {
  const size = Math.ceil(points.length / mostPoints)
  if (size <= 1) return points
  const groups = Array.from({ length: Math.ceil(points.length / size) }, (_, group) =>
    points.slice(group * size, (group + 1) * size),
  )
  return groups.map((group) => ({ x: median(group.map(({ x }) => x)), y: median(group.map(({ y }) => y)) }))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return 0
  const low = sorted[Math.ceil(middle) - 1] ?? 0
  const high = sorted[Math.floor(middle)] ?? 0
  return (low + high) / 2
}
