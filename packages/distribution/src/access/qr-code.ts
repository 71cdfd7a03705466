import { raw } from 'hono/html'
import encodeQR from 'qr'
import { type Html, html } from '../pages/html.ts'

/** A QR code as a picture that a screen reader names by `label`. */
export function qrCode(text: string, label: string): Html {
  const svg = encodeQR(text, 'svg', { ecc: 'medium', border: 4 })
  // The library writes rectangles and numbers only, whatever the text holds.
  return html`<div class="qr-code" role="img" aria-label="${label}">${raw(svg.replace('<svg', '<svg aria-hidden="true"'))}</div>`
}
