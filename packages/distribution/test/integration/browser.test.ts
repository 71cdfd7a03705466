import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { addDemoCatalog } from '../../src/catalog/demo-catalog.ts'
import { onRunEnded } from '../../src/copy/runs/run-ended.ts'
import { distributor } from '../support/test-site.ts'
import {
  chromiumPath,
  countStatusChanges,
  openBrowser,
  sidewaysPixels,
  smallTargets,
  Visit,
} from '../support/test-visit.ts'

if (existsSync(chromiumPath)) browserTests()
else test('the pages in a browser need Chromium', sayNotCovered)

function sayNotCovered(): void {
  assert.doesNotMatch(process.env.REQUIRE_SERVICES ?? '', /chromium/, `there is no Chromium at ${chromiumPath}`)
  process.stdout.write(`not covered: the pages in a browser (no Chromium at ${chromiumPath}; set CHROMIUM_PATH)\n`)
}

function browserTests(): void {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  test('a seller registers a store and watches its products arrive without reloading', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    await addDemoCatalog(site, distributor.id)

    await fillForm(page, visit.url)
    await page.evaluate('window.isSamePage = true')
    const waiting = await page.getByRole('status').textContent()
    await site.queue.worker({ stopWhenEmpty: true }).run()
    await page.getByText('Copia terminada').waitFor()
    await page.locator('#product-list tbody tr').first().waitFor()

    assert.match(waiting ?? '', /está en espera/)
    assert.equal(await page.evaluate('window.isSamePage'), true)
    assert.equal(await page.locator('#product-list tbody tr').count(), 50)
    assert.equal(await page.getByRole('button', { name: 'Copiar de nuevo' }).count(), 1)
    assert.deepEqual(visit.complaints, [])
  })

  test('the bar moves with the run, and screen readers are told only at quarters', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    const store = await site.addStore('Tienda La 45')
    const run = await site.addRun(store, { state: 'running', total: 1034 })
    await page.goto(`${visit.url}/stores/${store}`)
    await page.evaluate(countStatusChanges)

    for (const copied of [10, 120, 500, 812]) {
      await site.moveRun(run, { copied })
      await page.getByText(`${copied} de 1.034 productos`, { exact: true }).waitFor()
    }

    assert.equal(await page.locator('progress').getAttribute('value'), '812')
    assert.ok(Number(await page.evaluate('window.statusChanges')) <= 4)
    assert.deepEqual(visit.complaints, [])
  })

  test('the bar moves too when every file of the page comes after a pause', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    const store = await site.addStore('Tienda La 45')
    const run = await site.addRun(store, { state: 'running', total: 1034 })
    let arrived: Promise<unknown> = Promise.resolve()
    await page.route('**/static/**/*.js*', (route) => {
      arrived = arrived.then(() => page.waitForTimeout(500)).then(() => route.continue())
      return arrived
    })
    await page.goto(`${visit.url}/stores/${store}`)

    await site.moveRun(run, { copied: 10 })
    await page.getByText('10 de 1.034 productos', { exact: true }).waitFor()

    assert.deepEqual(visit.complaints, [])
  })

  test('where events cannot pass, the page asks instead', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    const store = await site.addStore('Tienda La 45')
    const run = await site.addRun(store, { state: 'running', total: 1034 })
    await page.route('**/events', (route) => route.abort())
    await page.goto(`${visit.url}/stores/${store}`)

    await site.moveRun(run, { copied: 812 })
    await page.getByText('812 de 1.034 productos', { exact: true }).waitFor()
    await site.moveRun(run, { copied: 1034, state: 'completed' })
    await page.getByText('Copia terminada').waitFor()

    await page.getByRole('button', { name: 'Copiar de nuevo' }).waitFor()
  })

  test('the list follows the copies until the last has ended', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    const run = await site.addRun(await site.addStore('Tienda La 45'), { state: 'running', total: 1034, copied: 3 })
    await page.goto(visit.url)

    await site.moveRun(run, { copied: 1034, state: 'completed' })
    await page.locator('.badge-completed').waitFor()

    assert.equal(await page.locator('[hx-trigger]').count(), 0)
  })

  test('the page of a publication follows its copies, and asks no more once it is paused', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    await site.addStore('Tienda La 45')
    const batch = await site.addBatch()
    await page.goto(`${visit.url}/publicaciones/${batch}`)

    await site.central.updateTable('copy_runs').set({ state: 'running', total: 1034, copied: 517 }).execute()
    await page.getByText('517/1.034', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Pausar' }).click()
    await page.getByRole('button', { name: 'Reanudar' }).waitFor()

    assert.equal(await page.locator('[hx-trigger]').count(), 0)
    assert.deepEqual(visit.complaints, [])
  })

  test('the form asks only for what applies', async () => {
    await using visit = await Visit.open(browser)
    const { page } = visit
    await page.goto(`${visit.url}/stores/new`)
    const asked = async (...labels: readonly string[]) =>
      Promise.all(labels.map((label) => page.getByLabel(label, { exact: label === 'Ruta' }).isVisible()))

    const ofPerson = await asked('Primer apellido', 'Dígito de verificación', 'Régimen', 'Crear usuario')
    await page.getByLabel('Tipo de identificación').selectOption('NIT')
    const ofLegal = await asked('Primer apellido', 'Dígito de verificación', 'Régimen', 'Crear usuario')
    await page.getByLabel('Tipo de persona').selectOption('Natural')
    const ofNatural = await asked('Primer apellido', 'Dígito de verificación', 'Régimen', 'Crear usuario')
    await page.getByLabel('Tipo de contacto').selectOption('PROVEEDOR')
    const ofSupplier = await asked('Primer apellido', 'Barrio', 'Crear usuario')

    assert.deepEqual(ofPerson, [true, false, false, true])
    assert.deepEqual(ofLegal, [false, true, true, true])
    assert.deepEqual(ofNatural, [true, true, false, true])
    assert.deepEqual(ofSupplier, [true, false, false])
  })

  test('the person opens the link that the seller shows, and sets a password', async () => {
    await using visit = await Visit.open(browser)
    const { page } = visit
    await fillForm(page, visit.url)
    const code = await page.locator('.qr-code svg').boundingBox()

    await page.locator('.link-text a').click()
    await page.getByLabel('Contraseña nueva').fill('arroz luna tambor')
    await page.getByLabel('La misma contraseña otra vez').fill('arroz luna tambor')
    const sideways = await page.evaluate(sidewaysPixels)
    const small = await page.evaluate(smallTargets)
    await page.getByRole('button', { name: 'Guardar la contraseña' }).click()
    await page.getByText('Su contraseña quedó guardada').waitFor()

    assert.ok(code && code.width >= 200, `${code?.width} px`)
    assert.deepEqual([sideways, small], [0, []])
    assert.deepEqual(visit.complaints, [])
  })

  test('without script a store is registered and its page shows the right numbers', async () => {
    await using visit = await Visit.open(browser, { javaScriptEnabled: false })
    const { page, site } = visit

    await fillForm(page, visit.url)
    await site.central.updateTable('copy_runs').set({ state: 'running', total: 1034, copied: 812 }).execute()
    await page.reload()

    assert.equal(await page.getByText('812 de 1.034 productos', { exact: true }).count(), 1)
  })

  test('the name of a queue stays in one piece, however long the jobs beside it are called', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    await page.setViewportSize({ width: 1280, height: 800 })
    const companyId = await site.addStore('Supertienda de la esquina de la avenida '.repeat(6))
    await site.queue.push('CopyProductsToClientJob', { companyId }, { queue: 'copias-prioritarias', delay: 600 })
    await site.queue.push('SendReceipt', {}, { queue: 'una-cola-sin-fin-'.repeat(14) })
    await page.goto(`${visit.url}/jobs`)

    const usual = await page.getByText('copias-prioritarias').boundingBox()
    const endless = await page.getByText('una-cola-sin-fin').boundingBox()

    assert.ok(usual && usual.height < 30, `${usual?.height} px`)
    assert.ok(endless && endless.height > 30)
    assert.equal(await page.evaluate(sidewaysPixels), 0)
  })

  test('no page scrolls sideways on a small phone, and everything to touch is large enough', async () => {
    await using visit = await Visit.open(browser)
    const { page, site } = visit
    const long = 'Supertienda-sin-espacios'.repeat(8)
    const store = await site.addStore(long)
    const run = await site.addRun(store, {
      state: 'completed_with_errors',
      total: 1034,
      copied: 1000,
      errors: 34,
      error: long,
    })
    await site.central.transaction().execute((trx) => onRunEnded(trx, run, 'completed_with_errors'))
    await site.addFailedJob({ name: long, data: { long }, exception: long })
    const client = await site.addClient(long, '900100200')
    const waiting = await site.addStore('Sin contraseña')
    await site.central.updateTable('users').set({ password: null }).where('name', '=', 'Sin contraseña').execute()
    await site.post(`/stores/${waiting}/user`)
    const batch = await site.addBatch()

    for (const path of [
      '/',
      '/stores/new',
      `/stores/${store}`,
      `/stores/${client}`,
      `/stores/${waiting}`,
      `/publicaciones/${batch}`,
      '/publicaciones',
      '/notificaciones',
      '/jobs',
      '/jobs/failed/flush',
      '/nada',
    ]) {
      await page.goto(`${visit.url}${path}`)

      assert.equal(await page.evaluate(sidewaysPixels), 0, path)
      assert.deepEqual(await page.evaluate(smallTargets), [], path)
    }
  })
}

async function fillForm(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('link', { name: 'Registrar la primera tienda' }).click()
  await page.getByLabel('Nombre de la tienda').fill('Tienda La 45')
  await page.getByLabel('Tipo de identificación').selectOption('NIT')
  await page.getByLabel('Número de identificación').fill('900123456')
  await page.getByLabel('Dígito de verificación').fill('8')
  await page.getByLabel('Régimen').selectOption({ label: 'No responsable de IVA' })
  await page.getByLabel('Responsabilidad fiscal').selectOption({ label: 'Ninguna' })
  await page.getByLabel('Dirección').fill('Calle 45 # 12-30')
  await page.getByLabel('Barrio').fill('Santa Fe')
  await page.getByLabel('Ciudad').fill('Bogotá')
  await page.getByLabel('Correo electrónico').fill('la45@example.com')
  await page.getByRole('button', { name: 'Registrar tienda' }).click()
  await page.getByText('Tienda creada.').waitFor()
}
