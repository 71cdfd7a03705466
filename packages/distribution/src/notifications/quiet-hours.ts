/** The part of the day in which stores are left alone, in minutes since midnight in Bogotá; it may go over midnight. */
export interface QuietHours {
  readonly fromMinute: number
  /** The first minute in which messages go out again. */
  readonly untilMinute: number
}

/** Bogotá is five hours behind UTC, the year round. */
const offsetMinutes = -300
const minutesPerDay = 1_440
const minuteMs = 60_000

/** When the quiet hours that `now` lies in are over; undefined outside of them. */
export function endOfQuiet({ fromMinute, untilMinute }: QuietHours, now: Date): Date | undefined {
  const minute = Math.floor(now.getTime() / minuteMs)
  const sinceStart = modulo(minute + offsetMinutes - fromMinute, minutesPerDay)
  const length = modulo(untilMinute - fromMinute, minutesPerDay)
  return sinceStart < length ? new Date((minute - sinceStart + length) * minuteMs) : undefined
}

/** `21:00-07:00`; undefined for anything that is no two times of day. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const time = '([01]\\d|2[0-3]):([0-5]\\d)'
  const match = new RegExp(`^${time}[-–]${time}$`).exec(text)
  if (!match) return undefined
  const [fromHour = 0, from = 0, untilHour = 0, until = 0] = match.slice(1).map(Number)
  const hours = { fromMinute: fromHour * 60 + from, untilMinute: untilHour * 60 + until }
  return hours.fromMinute === hours.untilMinute ? undefined : hours
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
