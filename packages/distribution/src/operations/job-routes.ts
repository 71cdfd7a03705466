import type { FailedJob, StoredJob } from '@surtidor/queue'
import type { Context } from 'hono'
import { readWholeNumber } from '../http/query-parameters.ts'
import type { HttpApp, Site } from '../http/site.ts'
import { address } from '../pages/pager.ts'
import { describeJobs } from './described-jobs.ts'
import { type JobNotice, jobNotice } from './job-notices.ts'
import { confirmFlushPage, type JobList, jobsPage } from './job-pages.ts'

const jobsPerPage = 50
const maxOffset = 1_000_000

/** Jobs that wait or failed, and what can be done about the failed ones. Doing it twice does no harm. */
export function addJobRoutes(http: HttpApp, site: Site): void {
  const { queue, locale, log } = site
  http.get('/jobs', (c) => showJobs(c, site))
  http.get('/jobs/failed/flush', async (c) =>
    c.html(await site.render(confirmFlushPage(await queue.countFailed(), locale))),
  )
  http.post('/jobs/failed/flush', async (c) => {
    const count = await queue.flush()
    log.info({ event: 'failed_jobs_flushed', count }, 'failed jobs flushed from the page')
    return back(c, 'flushed', count)
  })
  http.post('/jobs/failed/retry', async (c) => {
    const count = await queue.retryAll()
    log.info({ event: 'failed_jobs_retried', count }, 'failed jobs retried from the page')
    return back(c, 'retried-all', count)
  })
  http.post('/jobs/failed/:uuid/retry', async (c) => back(c, (await queue.retry(uuidOf(c))) ? 'retried' : 'gone'))
  http.post('/jobs/failed/:uuid/forget', async (c) => back(c, (await queue.forget(uuidOf(c))) ? 'forgotten' : 'gone'))
}

async function showJobs(c: Context, site: Site): Promise<Response> {
  const offsets = { pending: readOffset(c.req.query('pending')), failed: readOffset(c.req.query('failed')) }
  const { queue, central, locale } = site
  const pending = await queue.jobs({ limit: jobsPerPage + 1, offset: offsets.pending ?? 0 })
  const failed = await queue.failed({ limit: jobsPerPage + 1, offset: offsets.failed ?? 0 })
  const page = jobsPage(
    {
      pending: {
        jobs: await describeJobs(central, pending.slice(0, jobsPerPage)),
        ...links(pending, 'pending', offsets),
      },
      failed: { jobs: await describeJobs(central, failed.slice(0, jobsPerPage)), ...links(failed, 'failed', offsets) },
      failedTotal: await queue.countFailed(),
      now: Math.floor(Date.now() / 1000),
      notice: jobNotice(
        c.req.query('done'),
        readWholeNumber(c.req.query('count'), { min: 0, max: 1_000_000_000 }) ?? 0,
      ),
    },
    locale,
  )
  return c.html(await site.render(page))
}

interface Offsets {
  readonly pending: number | undefined
  readonly failed: number | undefined
}

/** Addresses that move one list and leave the other where it is. */
function links(
  found: readonly (StoredJob | FailedJob)[],
  list: keyof Offsets,
  offsets: Offsets,
): Omit<JobList<never>, 'jobs'> {
  const at = (offset: number | undefined) => `${address('/jobs', { ...offsets, [list]: offset })}#${list}`
  const offset = offsets[list]
  return {
    first: offset === undefined ? undefined : at(undefined),
    offset: offset ?? 0,
    next: found.length > jobsPerPage ? at((offset ?? 0) + jobsPerPage) : undefined,
  }
}

function readOffset(text: string | undefined): number | undefined {
  return readWholeNumber(text, { min: 1, max: maxOffset })
}

function uuidOf(c: Context): string {
  return (c.req.param('uuid') ?? '').slice(0, 255)
}

/** The page says what was done by a code in the address, so that reloading it repeats nothing. */
function back(c: Context, done: JobNotice, count?: number): Response {
  return c.redirect(address('/jobs', { done, count }), 303)
}
