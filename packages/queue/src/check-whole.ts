import { InvalidOptionError } from './errors.ts'

/** Throws `InvalidOptionError` for anything but a whole number from 0 to `max`. */
export function checkWhole(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return
  throw new InvalidOptionError(option, value, `a whole number from 0 to ${max}`)
}
