/** Cuts `count` into batches of at most `size`. */
export function batches(count: number, size: number): readonly number[] {
  const whole = Array.from({ length: Math.floor(count / size) }, () => size)
  const rest = count % size
  return rest === 0 ? whole : [...whole, rest]
}
