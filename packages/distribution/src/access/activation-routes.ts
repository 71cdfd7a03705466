import type { Context } from 'hono'
import type { HttpApp, Site } from '../http/site.ts'
import type { Text } from '../i18n/locale.ts'
import { activateUser, activationPath, type FoundActivation, findActivation } from './activation.ts'
import { activatedPage, activationFormPage, type PasswordProblem, uselessLinkPage } from './activation-page.ts'
import { passwordProblem } from './password.ts'

/** The page behind an activation link, where a person sets a password, once. */
export function addActivationRoutes(http: HttpApp, site: Site): void {
  http.get('/activar/listo', (c) => c.html(site.renderAlone(activatedPage(site.locale))))
  http.get('/activar/:token', (c) => showForm(c, site))
  http.post('/activar/:token', (c) => setPassword(c, site))
}

async function showForm(c: Context, site: Site): Promise<Response> {
  const token = c.req.param('token') ?? ''
  const found = await findActivation(site.central, token, new Date())
  if (found.state !== 'usable') return answerUseless(c, site, found.state)
  return c.html(site.renderAlone(activationFormPage({ ...found, path: activationPath(token) }, site.locale)))
}

async function setPassword(c: Context, site: Site): Promise<Response> {
  const token = c.req.param('token') ?? ''
  const typed = new URLSearchParams(await c.req.text())
  const password = typed.get('password') ?? ''
  const found = await findActivation(site.central, token, new Date())
  if (found.state !== 'usable') return answerUseless(c, site, found.state)
  const problem = findProblem(password, typed.get('repeated') ?? '', [found.email, found.name])
  if (problem) {
    const form = { ...found, path: activationPath(token), problem }
    return c.html(site.renderAlone(activationFormPage(form, site.locale)), 422)
  }
  const { state } = await activateUser(site.central, { token, password }, new Date())
  if (state !== 'usable') return answerUseless(c, site, state)
  return c.redirect('/activar/listo', 303)
}

function findProblem(password: string, repeated: string, own: readonly string[]): PasswordProblem | undefined {
  const text = passwordProblem(password, own)
  if (text) return { field: 'password', text }
  return password === repeated ? undefined : { field: 'repeated', text: different }
}

type UselessState = Exclude<FoundActivation['state'], 'usable'>

function answerUseless(c: Context, site: Site, state: UselessState): Response | Promise<Response> {
  return c.html(site.renderAlone(uselessLinkPage(state, site.locale)), state === 'unknown' ? 404 : 410)
}

const different: Text = {
  es: 'Las dos contraseñas no son iguales: escríbalas de nuevo.',
  en: 'The two passwords are not the same: type them again.',
}
