import type { PhpObject, PhpValue } from './value.ts'

/**
 * Whole unix seconds of one of PHP's dates (`DateTime`, `DateTimeImmutable`, Carbon), which serialize their wall clock and
 * their timezone: an offset or a name. Undefined for what is no date.
 */
export function unixSecondsOf(object: PhpObject): number | undefined {
  const date = textOf(object, 'date')
  const zone = textOf(object, 'timezone')
  const wall = date === undefined ? Number.NaN : Date.parse(`${date.slice(0, 19).replace(' ', 'T')}Z`)
  if (Number.isNaN(wall) || zone === undefined) return undefined
  const offset = offsetMs(zone, wall)
  // An offset is that of a moment: close to a change of the clock the first guess is of the other side.
  return offset === undefined ? undefined : Math.floor((wall - (offsetMs(zone, wall - offset) ?? offset)) / 1000)
}

/** Seconds of a `DateInterval` from now: days and less count as they are, months and years by the calendar in UTC. */
export function secondsFromNow(object: PhpObject, nowMs = Date.now()): number | undefined {
  const part = (name: string) => numberOf(object, name)
  const [years, months, days, hours, minutes, seconds] = ['y', 'm', 'd', 'h', 'i', 's'].map(part)
  if ([years, months, days, hours, minutes, seconds].includes(undefined)) return undefined
  const sign = part('invert') === 1 ? -1 : 1
  const end = new Date(nowMs)
  end.setUTCFullYear(end.getUTCFullYear() + sign * (years ?? 0), end.getUTCMonth() + sign * (months ?? 0))
  const rest = ((days ?? 0) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)
  return Math.round((end.getTime() - nowMs) / 1000) + sign * rest
}

function offsetMs(zone: string, atMs: number): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  if (hours !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    }).formatToParts(atMs)
    const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
    const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
    return wall - Math.floor(atMs / 1000) * 1000
  } catch {
    return undefined
  }
}

function propertyOf(object: PhpObject, name: string): PhpValue | undefined {
  return object.properties.find((property) => property.name === name)?.value
}

function textOf(object: PhpObject, name: string): string | undefined {
  const value = propertyOf(object, name)
  return typeof value === 'string' ? value : undefined
}

function numberOf(object: PhpObject, name: string): number | undefined {
  const value = propertyOf(object, name)
  return typeof value === 'number' ? value : undefined
}
