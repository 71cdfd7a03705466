import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseStoreForm } from './store-form.ts'

const complete = {
  name: '  Tienda La 45 ',
  type: 'nit',
  identification: '900.123.456-8',
  verificationDigit: '',
  email: ' Tendera@Ejemplo.COM ',
  phone: '+57 300 1234567',
  address: 'Calle 45 # 12-30',
  city: 'Bogotá',
  district: 'Santa Fe',
  contactName: 'Ana Niño',
}

test('a complete form is trimmed, its e-mail in lower case, its check digit filled in', () => {
  const result = parseStoreForm(complete)

  assert.deepEqual(result, {
    ok: true,
    form: {
      name: 'Tienda La 45',
      type: 'NIT',
      identification: '900123456',
      verificationDigit: 8,
      email: 'tendera@ejemplo.com',
      phone: '+57 300 1234567',
      address: 'Calle 45 # 12-30',
      city: 'Bogotá',
      district: 'Santa Fe',
      contactName: 'Ana Niño',
    },
  })
})

test('name, identification and e-mail are enough, for a cédula', () => {
  const result = parseStoreForm({
    name: 'Tienda',
    identification: '1023456',
    email: 'a@b.co',
    phone: ' ',
    unknown: 'x',
  })

  assert.ok(result.ok)
  assert.equal(result.form.type, 'CC')
  assert.equal(result.form.verificationDigit, null)
  assert.equal(result.form.phone, null)
})

test('an empty form names the three required fields, in the order of the form', () => {
  const result = parseStoreForm({})

  assert.ok(!result.ok)
  assert.deepEqual(
    result.problems.map(({ field }) => field),
    ['name', 'identification', 'email'],
  )
  assert.equal(result.problems[1]?.text.es, 'Escriba la identificación: es un dato obligatorio.')
})

const bad: readonly (readonly [field: keyof typeof complete, value: string, sentence: RegExp])[] = [
  ['name', 'ab', /El nombre de la tienda tiene 2 caracteres: escriba entre 3 y 255/],
  ['name', 'x'.repeat(256), /256 caracteres/],
  ['name', 'Tienda \ufffd', /texto dañado/],
  ['name', 'Tienda\u0007 1', /texto dañado/],
  ['name', 'Tienda \ud800', /texto dañado/],
  ['name', 'Tienda \u202e45', /texto dañado/],
  ['type', 'RUT', /«RUT» no existe: use CC, NIT/],
  ['identification', '900123456-5', /es 8, no 5/],
  ['identification', '9'.repeat(41), /41 caracteres/],
  ['verificationDigit', '12', /un solo dígito/],
  ['email', 'no-es-correo', /«no-es-correo» no es un correo/],
  ['email', `${'a'.repeat(251)}@b.co`, /256 caracteres/],
  ['phone', '123', /entre 7 y 100/],
  ['phone', 'llámeme ya', /no es un teléfono/],
  ['address', 'Cl 1', /entre 5 y 255/],
  ['city', 'B', /entre 2 y 100/],
  ['district', 'ab', /entre 3 y 100/],
  ['contactName', 'A', /entre 2 y 255/],
]

for (const [field, value, sentence] of bad) {
  test(`${field} = ${JSON.stringify(value.slice(0, 24))} is refused beside its own field`, () => {
    const result = parseStoreForm({ ...complete, [field]: value })

    assert.ok(!result.ok)
    assert.equal(result.problems.length, 1)
    assert.equal(result.problems[0]?.field, field)
    assert.match(result.problems[0]?.text.es ?? '', sentence)
    assert.notEqual(result.problems[0]?.text.en, result.problems[0]?.text.es)
  })
}

test('several wrong fields are reported together, one problem each', () => {
  const result = parseStoreForm({ name: 'x', identification: '1', email: 'y', phone: 'z', type: 'CC' })

  assert.ok(!result.ok)
  assert.deepEqual(
    result.problems.map(({ field }) => field),
    ['name', 'identification', 'email', 'phone'],
  )
})

test('whatever is typed, the answer is a form within its limits or sentences in both languages', () => {
  const anything = fc.record(
    Object.fromEntries(Object.keys(complete).map((field) => [field, fc.string({ unit: 'binary' })])),
  )
  fc.assert(
    fc.property(anything, (input) => {
      const result = parseStoreForm(input)

      if (result.ok) assert.ok(result.form.name.length >= 3 && result.form.email.length <= 255)
      else assert.ok(result.problems.every(({ text }) => text.es.endsWith('.') && text.en.endsWith('.')))
    }),
  )
})
