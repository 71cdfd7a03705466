import { type LaravelVersion, laravelFormats, laravelVersions } from '../laravel/formats.ts'
import { callQueuedHandler } from '../laravel/payload.ts'

/** From the oldest to the newest version of Laravel that may have written something. */
export interface VersionRange {
  readonly oldest: LaravelVersion
  readonly newest: LaravelVersion
}

/**
 * Which versions write such a payload, by its keys and by the order of the properties in its command; undefined when it
 * does not tell. A version gets its keys in the middle of its life, so a key that is not there tells less than one that is.
 */
export function versionsOf(
  payload: Readonly<Record<string, unknown>>,
  command: string | undefined,
): VersionRange | undefined {
  const tellsWhen = 'createdAt' in payload
  if (payload.job !== callQueuedHandler) return tellsWhen ? rangeOf((version) => version >= 12) : undefined
  const tellsMissingModels = 'deleteWhenMissingModels' in payload
  const isLate = tellsWhen || tellsBatch(payload.data)
  const isFrom11 = 'illuminate:log:context' in payload
  return rangeOf((version) => {
    const format = laravelFormats[version]
    if (format.tellsMissingModels !== tellsMissingModels) return false
    if (isLate && !format.tellsWhen) return false
    if (isFrom11 && version < 11) return false
    return mayWrite(version, command ?? '')
  })
}

/** The newest that was seen counts: an application goes up in versions, and its old payloads stay. */
export function newestOf(ranges: Iterable<VersionRange>): VersionRange | undefined {
  const all = [...ranges]
  const oldest = all.map((range) => range.oldest).toSorted(descending)[0]
  if (oldest === undefined) return undefined
  const newest = all.map((range) => range.newest).filter((version) => version >= oldest)
  return { oldest, newest: newest.toSorted(descending).at(-1) ?? oldest }
}

function descending(a: number, b: number): number {
  return b - a
}

function tellsBatch(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'batchId' in data
}

function rangeOf(fits: (version: LaravelVersion) => boolean): VersionRange | undefined {
  const versions = laravelVersions.filter(fits)
  const [oldest] = versions
  const newest = versions.at(-1)
  return oldest === undefined || newest === undefined ? undefined : { oldest, newest }
}

/** The trait's properties stand last, in the order in which the version declares them; a short command leaves them out. */
function mayWrite(version: LaravelVersion, command: string): boolean {
  const names = laravelFormats[version].queueable.map(([name]) => name)
  const written = allQueueable
    .map((name) => ({ name, place: command.lastIndexOf(`s:${name.length}:"${name}";`) }))
    .filter(({ place }) => place >= 0)
    .toSorted((a, b) => a.place - b.place)
    .map(({ name }) => name)
  if (written.length < minWritten) return true
  return names.filter((name) => written.includes(name)).join() === written.join()
}

/** Fewer may be properties of the job itself that have the same names. */
const minWritten = 7

const allQueueable = [
  ...new Set(laravelVersions.flatMap((version) => laravelFormats[version].queueable.map(([name]) => name))),
]
