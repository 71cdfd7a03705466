import { setTimeout as wait } from 'node:timers/promises'
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { Site } from '../../http/site.ts'
import { runUpdate } from './run-panel.ts'
import { isActive, percentOf, quarterText } from './run-texts.ts'
import { latestRun, type RunProgress } from './runs.ts'

/**
 * A store's latest run as server-sent events. The run is read a few times a second and told only when it changed:
 * an unnamed message with the parts of the page, `run-moved` at each quarter (the product list reloads), `run-ended`
 * at the end, after which the stream closes. Proxies cut quiet connections, so a comment goes out now and then.
 */
export function streamRun(c: Context, run: FollowedRun): Response {
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (stream) => {
    try {
      await follow(stream, run)
    } catch (error) {
      // The answer has begun and can only end; the page connects again by itself.
      run.site.log.error({ err: error, companyId: run.companyId }, 'event stream failed')
    } finally {
      run.onClose()
    }
  })
}

interface FollowedRun {
  readonly site: Site
  readonly companyId: number
  readonly onClose: () => void
}

const pollMs = 300
const heartbeatMs = 15_000

async function follow(stream: SSEStreamingApi, { site, companyId }: FollowedRun): Promise<void> {
  const left = new AbortController()
  stream.onAbort(() => left.abort())
  let told: RunProgress | undefined
  let writtenAt = performance.now()
  while (!stream.aborted) {
    const run = await latestRun(site.central, companyId)
    if (!run) return
    if (hasChanged(run, told)) {
      await tell(stream, { run, told, site })
      told = run
      writtenAt = performance.now()
    } else if (performance.now() - writtenAt > heartbeatMs) {
      await stream.write(': \n\n')
      writtenAt = performance.now()
    }
    if (!isActive(run)) return
    await pause(left.signal)
  }
}

interface News {
  readonly run: RunProgress
  readonly told: RunProgress | undefined
  readonly site: Site
}

async function tell(stream: SSEStreamingApi, { run, told, site }: News): Promise<void> {
  const { locale } = site
  const withStatus = !told || told.state !== run.state || quarterText(told) !== quarterText(run)
  await stream.writeSSE({ data: String(await runUpdate(run, { withStatus, locale })) })
  if (!isActive(run)) await stream.writeSSE({ event: 'run-ended', data: run.state })
  else if (withStatus) await stream.writeSSE({ event: 'run-moved', data: String(percentOf(run)) })
}

function hasChanged(run: RunProgress, told: RunProgress | undefined): boolean {
  return JSON.stringify(run) !== JSON.stringify(told)
}

async function pause(signal: AbortSignal): Promise<void> {
  await wait(pollMs, undefined, { signal }).catch(() => undefined)
}
