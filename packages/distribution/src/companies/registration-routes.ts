import type { Context } from 'hono'
import type { ShownLinks } from '../access/shown-links.ts'
import type { HttpApp, Site } from '../http/site.ts'
import { listChoices, UnknownChoiceError } from './company-choices.ts'
import { DuplicateStoreError } from './duplicate-store.ts'
import { type RegisteredStore, registerStore } from './register-store.ts'
import { answerRefused, answerRegistered } from './registration-answers.ts'
import { inFieldOrder } from './store-fields.ts'
import { parseStoreForm, type StoreForm } from './store-form.ts'
import { storeFormPage } from './store-form-page.ts'
import { readSubmission, type Submission } from './store-submission.ts'

/** The form of a new store, and registering it: `POST /stores` from the page or, as JSON, from a program. */
export function addRegistrationRoutes(http: HttpApp, site: Site, links: ShownLinks): void {
  http.get('/stores/new', (c) => showForm(c, site))
  http.post('/stores', (c) => register(c, site, links))
}

async function showForm(c: Context, site: Site): Promise<Response> {
  const choices = await listChoices(site.central, await site.distributorId())
  const view = { values: { createUser: 'yes' }, problems: [], choices }
  return c.html(await site.render(storeFormPage(view, site.locale)))
}

async function register(c: Context, site: Site, links: ShownLinks): Promise<Response> {
  const submitted = await readSubmission(c)
  if (!submitted) return c.json({ message: noObject[site.locale] }, 400)
  const { values, misfits } = submitted
  const parsed = parseStoreForm(values, 'everything')
  if (!parsed.ok || misfits.length > 0) {
    const problems = inFieldOrder([...misfits, ...(parsed.ok ? [] : parsed.problems)])
    return answerRefused(c, site, { status: 422, values, problems })
  }
  const registered = await tryToRegister(site, parsed.form)
  if (registered instanceof Error) return refuse(c, site, { values, reason: registered })
  const { companyId, user } = registered
  if (user?.activation) links.keep(companyId, user.activation)
  return answerRegistered(c, registered)
}

type Reason = DuplicateStoreError | UnknownChoiceError

/** What the database alone can know is an answer too, not a failure. */
async function tryToRegister(site: Site, form: StoreForm): Promise<RegisteredStore | Reason> {
  try {
    return await registerStore(site, { form, distributorId: await site.distributorId() })
  } catch (error) {
    if (error instanceof DuplicateStoreError || error instanceof UnknownChoiceError) return error
    throw error
  }
}

interface Refused {
  readonly values: Submission
  readonly reason: Reason
}

function refuse(c: Context, site: Site, { values, reason }: Refused): Promise<Response> {
  const problems = [{ field: reason.field, text: reason.text }]
  if (reason instanceof UnknownChoiceError) return answerRefused(c, site, { status: 422, values, problems })
  return answerRefused(c, site, { status: 409, values, problems, existingCompanyId: reason.companyId })
}

const noObject = {
  es: 'El cuerpo de la solicitud no es un objeto JSON: envíe los campos del formulario.',
  en: 'The body of the request is no JSON object: send the fields of the form.',
} as const
