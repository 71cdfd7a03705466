import type { Context } from 'hono'
import { activationPath } from '../access/activation.ts'
import type { Site } from '../http/site.ts'
import { listChoices } from './company-choices.ts'
import type { RegisteredStore } from './register-store.ts'
import type { FieldProblem } from './store-fields.ts'
import { storeFormPage } from './store-form-page.ts'
import { type Submission, wantsJson } from './store-submission.ts'

/** Registered: the store's page for a person, its numbers and addresses for a program. */
export function answerRegistered(c: Context, { companyId, user }: RegisteredStore): Response {
  if (!wantsJson(c)) return c.redirect(`/stores/${companyId}?created=1`, 303)
  const { origin } = new URL(c.req.url)
  const activation = user?.activation
  const links = {
    statusUrl: user ? `/stores/${companyId}/progress` : null,
    activationUrl: activation ? `${origin}${activationPath(activation.token)}` : null,
  }
  const numbers = { companyId, userId: user?.userId ?? null, runId: user?.runId ?? null }
  return c.json({ ...numbers, url: `/stores/${companyId}`, ...links }, 201)
}

export interface Refusal {
  readonly status: 409 | 422
  readonly values: Submission
  readonly problems: readonly FieldProblem[]
  /** The store that already has this identification or e-mail, where it may be named. */
  readonly existingCompanyId?: number | null
}

/** Refused: the form again with a sentence beside each field, or the same as JSON. */
export async function answerRefused(c: Context, site: Site, refusal: Refusal): Promise<Response> {
  const { status, existingCompanyId } = refusal
  if (!wantsJson(c)) {
    const choices = await listChoices(site.central, await site.distributorId())
    return c.html(await site.render(storeFormPage({ ...refusal, choices }, site.locale)), status)
  }
  const problems = refusal.problems.map(({ field, text }) => ({ field, message: text[site.locale] }))
  return c.json({ problems, ...(existingCompanyId && { existingUrl: `/stores/${existingCompanyId}` }) }, status)
}
