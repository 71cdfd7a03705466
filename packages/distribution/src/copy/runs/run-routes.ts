import type { Context } from 'hono'
import { findStore } from '../../companies/stores.ts'
import { readId } from '../../http/query-parameters.ts'
import type { HttpApp, Site } from '../../http/site.ts'
import { StreamSlots } from '../../http/stream-slots.ts'
import { html } from '../../pages/html.ts'
import { answerReport } from '../report/answer-report.ts'
import { confirmUndoPage } from '../undo/confirm-undo-page.ts'
import { previewUndo, undoRun } from '../undo/undo-run.ts'
import { cancelRunAndTell, pauseRun, resumeRun } from './run-actions.ts'
import { type ButtonAction, buttonActions } from './run-buttons.ts'
import { RunMoveRefusedError } from './run-errors.ts'
import { streamRun } from './run-events.ts'
import { runPoller, runUpdate } from './run-panel.ts'
import { isActive } from './run-texts.ts'
import { findRun, latestRun, type RunProgress, startRun } from './runs.ts'

/** Starting a copy, moving and following it: by events, or by asking again. */
export function addRunRoutes(http: HttpApp, site: Site): void {
  const slots = new StreamSlots()
  http.post('/stores/:id/runs', (c) => startCopy(c, site))
  for (const action of buttonActions) http.post(`/stores/:id/runs/:run/${action}`, (c) => moveRun(c, site, action))
  http.get('/stores/:id/runs/:run/undo', (c) => askAboutUndo(c, site))
  http.post('/stores/:id/runs/:run/undo', (c) => undo(c, site))
  http.get('/stores/:id/progress', (c) => answerProgress(c, site))
  http.get('/stores/:id/events', (c) => followRun(c, site, slots))
  http.get('/stores/:id/report.csv', (c) => answerReport(c, site))
}

async function startCopy(c: Context, site: Site): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  if (!companyId || !(await findStore(site.central, companyId))) return c.notFound()
  await startRun(site, companyId)
  return c.redirect(`/stores/${companyId}`, 303)
}

/** Who comes too late for a move is shown how the run stands now, like everybody else. */
async function moveRun(c: Context, site: Site, action: ButtonAction): Promise<Response> {
  const run = await namedRun(c, site)
  if (!run) return c.notFound()
  const { id, companyId } = run
  await moves[action](site, id).catch(unlessTooLate)
  site.log.info({ event: 'run_moved', action, run: id, company: companyId }, 'copy moved from the page')
  return c.redirect(`/stores/${companyId}`, 303)
}

/** The run of the address, when it is its store's. */
async function namedRun(c: Context, site: Site): Promise<RunProgress | undefined> {
  const companyId = readId(c.req.param('id'))
  const runId = readId(c.req.param('run'))
  const run = companyId && runId && (await findRun(site.central, runId))
  return run && run.companyId === companyId ? run : undefined
}

function unlessTooLate(error: unknown): undefined {
  if (!(error instanceof RunMoveRefusedError)) throw error
}

/** What it would do is counted first: nothing brings the products back but another copy. */
async function askAboutUndo(c: Context, site: Site): Promise<Response> {
  const run = await namedRun(c, site)
  if (!run) return c.notFound()
  const preview = await previewUndo(site, run.id).catch(unlessTooLate)
  if (!preview) return c.redirect(`/stores/${run.companyId}`, 303)
  return c.html(await site.render(confirmUndoPage(preview, site.locale)))
}

async function undo(c: Context, site: Site): Promise<Response> {
  const run = await namedRun(c, site)
  if (!run) return c.notFound()
  await undoRun(site, run.id).catch(unlessTooLate)
  return c.redirect(`/stores/${run.companyId}`, 303)
}

const moves: Readonly<Record<ButtonAction, (site: Site, runId: number) => Promise<RunProgress>>> = {
  pause: ({ central }, runId) => pauseRun(central, runId),
  resume: resumeRun,
  cancel: cancelRunAndTell,
}

/** For a program the run itself. With `poll`, what makes the page ask; without, what has changed, and at the end nothing that would ask again. */
async function answerProgress(c: Context, site: Site): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  const run = companyId && (await latestRun(site.central, companyId))
  if (!companyId || !run) return c.notFound()
  if (c.req.header('accept')?.includes('application/json')) return c.json(run)
  if (c.req.query('poll') !== undefined) return c.html(runPoller(companyId))
  const update = runUpdate(run, { withStatus: true, locale: site.locale })
  c.header('HX-Trigger', isActive(run) ? 'run-moved' : 'run-ended')
  return c.html(isActive(run) ? update : html`${update}<div id="run-live"></div>`)
}

async function followRun(c: Context, site: Site, slots: StreamSlots): Promise<Response> {
  const companyId = readId(c.req.param('id'))
  if (!companyId || !(await latestRun(site.central, companyId))) return c.notFound()
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
  const release = slots.take(companyId)
  if (!release) return c.html(runPoller(companyId), 503)
  return streamRun(c, { site, companyId, onClose: release })
}
