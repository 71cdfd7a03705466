import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import type { StreamingApi } from 'hono/utils/stream'
import { readId } from '../../http/query-parameters.ts'
import type { Site } from '../../http/site.ts'
import { refusalPage } from '../../pages/message-pages.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { storeProblem } from '../../tenancy/store-problem.ts'
import { openStoreOfRun } from '../runs/run-store.ts'
import { unreadableText } from '../runs/run-texts.ts'
import { latestRun, type RunProgress } from '../runs/runs.ts'
import { type ReportRow, reportCsv } from './report-csv.ts'
import { readReport } from './report-rows.ts'

/** The latest run's outcomes to look at, as a file. The first page is read before it begins, so that a damaged store has a page. */
export async function answerReport(c: Context, site: Site): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  const run = companyId && (await latestRun(site.central, companyId))
  if (!run) return c.notFound()
  try {
    const report = await beginReport(site, run.id)
    return report ? await sendReport(c, site, { run, report }) : c.notFound()
  } catch (error) {
    if (!storeProblem(error)) throw error
    site.log.error({ err: error, companyId }, 'store database cannot be read')
    return c.html(site.renderAlone(refusalPage(unreadableText, site.locale)), 503)
  }
}

interface BegunReport {
  readonly store: StoreDatabase
  readonly pages: AsyncIterable<readonly ReportRow[]>
}

/** Undefined while the store has no database. */
async function beginReport(site: Site, runId: number): Promise<BegunReport | undefined> {
  const store = await openStoreOfRun(site, runId)
  if (!store) return undefined
  try {
    const pages = readReport(site.central, store, runId)
    return { store, pages: startingWith(await pages.next(), pages) }
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

async function* startingWith<T>(first: IteratorResult<T>, rest: AsyncIterable<T>): AsyncGenerator<T> {
  if (first.done) return
  yield first.value
  yield* rest
}

interface Sent {
  readonly run: RunProgress
  readonly report: BegunReport
}

async function sendReport(c: Context, { locale, log }: Site, { run, report }: Sent): Promise<Response> {
  c.header('content-type', 'text/csv; charset=utf-8')
  c.header('content-disposition', `attachment; filename="${reportNames[locale]}-${run.id}.csv"`)
  if (c.req.method === 'HEAD') {
    // Nobody reads what is streamed then, and the store's database would stay open.
    await report.store[Symbol.asyncDispose]()
    return c.body(null)
  }
  const write = async (out: StreamingApi) => {
    await using _store = report.store
    for await (const part of reportCsv(report.pages, locale)) await out.write(part)
  }
  return stream(c, write, async (error, out) => {
    log.error({ err: error, run: run.id }, 'report was cut short')
    // The answer has begun, and half a report would be taken for a whole one.
    await out.write(cutShort[locale])
  })
}

const cutShort = {
  es: 'Este informe está incompleto: descárguelo de nuevo.\r\n',
  en: 'This report is incomplete: download it again.\r\n',
} as const

const reportNames = { es: 'copia', en: 'copy' } as const
