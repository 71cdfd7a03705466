import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nitCheckDigit, parseIdentification } from './identification.ts'

const published = [
  ['800197268', 4],
  ['899999068', 1],
  ['890903938', 8],
  ['860002964', 4],
  ['860034313', 7],
  ['890900608', 9],
  ['860069804', 2],
  ['900123456', 8],
  ['800191045', 1],
  ['41261533', 2],
] as const

test('the check digit of a NIT agrees with the published examples', () => {
  for (const [nit, digit] of published) assert.equal(nitCheckDigit(nit), digit, nit)
})

test('the check digit is one digit for every NIT of 1 to 15 digits', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{1,15}$/), (nit) => {
      assert.match(String(nitCheckDigit(nit)), /^\d$/)
    }),
  )
})

test('the check digit notices any single wrong digit, unless it is 1, which two rests share', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{9}$/), fc.nat(8), fc.integer({ min: 1, max: 9 }), (nit, position, shift) => {
      const changed = [...nit].map((digit, at) => (at === position ? String((Number(digit) + shift) % 10) : digit))
      fc.pre(nitCheckDigit(nit) !== 1)

      assert.notEqual(nitCheckDigit(changed.join('')), nitCheckDigit(nit))
    }),
  )
})

test('a NIT is accepted with dots and digit, with digit, and without', () => {
  for (const identification of ['900.123.456-8', '900123456-8', '900123456', ' 900 123 456 ']) {
    const result = parseIdentification({ type: 'NIT', identification, verificationDigit: '' })

    assert.deepEqual(result, { ok: true, identification: '900123456', verificationDigit: 8 })
  }
})

test('a wrong check digit is refused beside the field that holds it, naming the expected one', () => {
  const inNumber = parseIdentification({ type: 'NIT', identification: '900123456-5', verificationDigit: '' })
  const inField = parseIdentification({ type: 'NIT', identification: '900123456', verificationDigit: '5' })

  assert.ok(!inNumber.ok && !inField.ok)
  assert.equal(inNumber.field, 'identification')
  assert.equal(inField.field, 'verificationDigit')
  for (const { text } of [inNumber, inField]) assert.match(text.es, /900123456 es 8, no 5/)
})

test('a cédula has 5 to 15 digits and no check digit', () => {
  const accepted = parseIdentification({ type: 'CC', identification: '1.023.456.789', verificationDigit: '' })
  const withDigit = parseIdentification({ type: 'CC', identification: '1023456789', verificationDigit: '3' })

  assert.deepEqual(accepted, { ok: true, identification: '1023456789', verificationDigit: null })
  assert.ok(!withDigit.ok && withDigit.field === 'verificationDigit')
  for (const identification of ['1234', '1234567890123456', '12a456', '12345-6', '', '١٢٣٤٥']) {
    assert.equal(parseIdentification({ type: 'CC', identification, verificationDigit: '' }).ok, false, identification)
  }
})

test('only a passport may hold letters', () => {
  const passport = parseIdentification({ type: 'PA', identification: 'ab123456', verificationDigit: '' })

  assert.deepEqual(passport, { ok: true, identification: 'AB123456', verificationDigit: null })
  for (const type of ['CC', 'CE', 'TI', 'RC', 'NIT'] as const) {
    assert.equal(parseIdentification({ type, identification: 'AB123456', verificationDigit: '' }).ok, false, type)
  }
})
