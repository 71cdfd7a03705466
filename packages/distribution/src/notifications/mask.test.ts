import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskReason, maskRecipient } from './mask.ts'

test('an address and a number are shown in part', () => {
  assert.equal(maskRecipient('tienda@ejemplo.co'), 't…@ejemplo.co')
  assert.equal(maskRecipient('+573001234567'), '…67')
  assert.equal(maskRecipient('12'), '…')
})

test('what a server answers is kept in one line without addresses, numbers and links', () => {
  const reason = 'EENVELOPE: 550 <Tienda.9@ejemplo.co> at +573001234567, see https://mail.example/x?y=1\nand more'

  assert.equal(maskReason(reason), 'EENVELOPE: 550 <T…@ejemplo.co> at …67, see <url>')
  assert.equal(maskReason('x'.repeat(1_000)).length, 300)
})
