import assert from 'node:assert/strict'
import { test } from 'node:test'
import decodeQR from 'qr/decode.js'
import { qrCode } from './qr-code.ts'

test('a phone reads from the picture what was put in, and a screen reader its name', async () => {
  const address = `http://localhost:3000/activar/${'aZ_-'.repeat(10)}xyz`

  const svg = String(await qrCode(address, 'Código "QR"'))

  assert.match(svg, /role="img" aria-label="Código &quot;QR&quot;"/)
  assert.doesNotMatch(svg, /style=|<script/)
  assert.equal(decodeQR(asImage(svg)), address)
})

test('two codes on one page do not name each other', async () => {
  assert.doesNotMatch(String(await qrCode('a', 'b')), / id=/)
})

/** Draws the squares of the path, eight pixels each. */
function asImage(svg: string) {
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
  const scale = 8
  const width = size * scale
  const data = new Uint8Array(width * width * 4).fill(255)
  let [x, y] = [0, 0]
  for (const [, command = '', numbers = ''] of (/ d="([^"]+)"/.exec(svg)?.[1] ?? '').matchAll(
    /([a-zA-Z])([^a-zA-Z]*)/g,
  )) {
    const [first = 0, second = 0] = (numbers.match(/-?\d+/g) ?? []).map(Number)
    if (command === 'M') [x, y] = [first, second]
    if (command === 'm') [x, y] = [x + first, y + second]
    if (command === 'M' || command === 'm') paint(x, y)
  }
  return { width, height: width, data }

  function paint(column: number, row: number): void {
    for (let dy = 0; dy < scale; dy += 1)
      for (let dx = 0; dx < scale; dx += 1) {
        const at = ((row * scale + dy) * width + column * scale + dx) * 4
        data.fill(0, at, at + 3)
      }
  }
}
