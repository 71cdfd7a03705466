import type { FailedJob, Page } from './connection.ts'

const pageSize = 500

/** All failed jobs, newest first, page by page: a table of failures may be larger than the memory. */
export async function* allFailed(read: (page: Page) => Promise<readonly FailedJob[]>): AsyncGenerator<FailedJob> {
  for (let offset = 0; ; offset += pageSize) {
    const jobs = await read({ limit: pageSize, offset })
    yield* jobs
    if (jobs.length < pageSize) return
  }
}
