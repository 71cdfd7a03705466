import { type Browser, chromium, type Page } from 'playwright-core'
import { listen } from '../../src/http/listen.ts'
import { TestSite } from './test-site.ts'

export const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: [...chromiumOptions] })
}

/** A page of the browser on a site of its own. */
export class Visit implements AsyncDisposable {
  readonly site: TestSite
  readonly page: Page
  readonly url: string
  /** Errors of the console: refused by the content security policy, or thrown. */
  readonly complaints: string[] = []
  readonly #close: () => Promise<void>

  private constructor(site: TestSite, page: Page, server: Awaited<ReturnType<typeof listen>>) {
    this.site = site
    this.page = page
    this.url = server.url
    this.#close = server.close
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()))
    page.on('pageerror', (error) => this.complaints.push(error.message))
  }

  static async open(browser: Browser, options: { readonly javaScriptEnabled?: boolean } = {}): Promise<Visit> {
    const site = await TestSite.open()
    const server = await listen(site.app, { port: 0 })
    const page = await browser.newPage({ viewport: { width: 360, height: 740 }, ...options })
    page.setDefaultTimeout(15_000)
    return new Visit(site, page, server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close()
    await this.#close()
    await this.site[Symbol.asyncDispose]()
  }
}

// Scripts for the page as texts: the browser's types are not those of this program.
export const countStatusChanges = `{
  window.statusChanges = 0
  new MutationObserver(() => { window.statusChanges += 1 })
    .observe(document.querySelector('#run-status'), { subtree: true, childList: true, characterData: true })
}`

export const sidewaysPixels = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

export const smallTargets = `[...document.querySelectorAll('a, button, input, select, summary')]
  .filter((element) => element.checkVisibility() && !element.matches('.skip-link'))
  .filter((element) => element.getBoundingClientRect().height < 43.5)
  .map((element) => element.outerHTML.slice(0, 80))`

const chromiumOptions = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const
