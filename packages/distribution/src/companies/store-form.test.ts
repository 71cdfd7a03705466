import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StoreField } from './store-fields.ts'
import { parseStoreForm } from './store-form.ts'

const complete = {
  contactType: 'CLIENTE',
  name: '  Tienda La 45 ',
  type: 'nit',
  identification: '900.123.456-8',
  verificationDigit: '',
  person: 'jurídica',
  firstName: '',
  surname: '',
  regime: '1',
  fiscalResponsibility: '5',
  ciiu: '4711',
  contactName: 'Ana Niño',
  position: '2',
  email: ' Tendera@Ejemplo.COM ',
  phone: '+57 300 1234567',
  address: 'Calle 45 # 12-30',
  district: 'Santa Fe',
  city: 'Bogotá',
  postcode: '110311',
  route: '3',
  createUser: 'yes',
}

const natural = { ...complete, type: 'CC', identification: '1.023.456', firstName: 'Ana', surname: 'Niño' }

test('a complete form is trimmed, its e-mail in lower case, its check digit filled in', () => {
  const result = parseStoreForm(complete, 'everything')

  assert.deepEqual(result, {
    ok: true,
    form: {
      contactType: 'CLIENTE',
      name: 'Tienda La 45',
      type: 'NIT',
      identification: '900123456',
      verificationDigit: 8,
      person: 'Juridica',
      names: null,
      regime: 1,
      fiscalResponsibility: 5,
      ciiu: '4711',
      contactName: 'Ana Niño',
      positionId: 2,
      email: 'tendera@ejemplo.com',
      phone: '+57 300 1234567',
      acceptsMessages: false,
      address: 'Calle 45 # 12-30',
      district: 'Santa Fe',
      city: 'Bogotá',
      postcode: '110311',
      routeId: 3,
      createUser: true,
    },
  })
})

test('a natural person gives names, and the law gives the taxes, whatever the hidden fields say', () => {
  for (const typed of [
    natural,
    { ...natural, type: 'NIT', identification: '900123456', person: 'Natural' },
    { ...natural, person: 'Juridica', verificationDigit: '4' },
  ]) {
    const result = parseStoreForm({ ...typed, middleName: 'Lucía', secondSurname: "O'Brien" }, 'everything')

    assert.ok(result.ok)
    const { person, names, regime, fiscalResponsibility } = result.form
    assert.deepEqual([person, regime, fiscalResponsibility], ['Natural', 2, 1])
    assert.deepEqual(names, { firstName: 'Ana', middleName: 'Lucía', surname: 'Niño', secondSurname: "O'Brien" })
  }
})

test('a supplier needs no e-mail, is on no route, lies in no district and never gets a user', () => {
  const result = parseStoreForm({ ...complete, contactType: 'PROVEEDOR', email: '', district: '' }, 'everything')

  assert.ok(result.ok)
  const { contactType, email, district, routeId, createUser } = result.form
  assert.deepEqual([contactType, email, district, routeId, createUser], ['PROVEEDOR', null, '000', null, false])
})

test('a box that is not ticked asks for no user and no e-mail', () => {
  const { createUser: _, ...unticked } = complete
  const result = parseStoreForm({ ...unticked, email: '' }, 'everything')

  assert.ok(result.ok && !result.form.createUser && result.form.email === null)
})

test('whoever accepts messages on the phone needs one', () => {
  const { phone: _, ...without } = complete
  const accepted = parseStoreForm({ ...complete, acceptsMessages: 'yes' }, 'everything')
  const refused = parseStoreForm({ ...without, acceptsMessages: 'yes' }, 'everything')

  assert.ok(accepted.ok && accepted.form.acceptsMessages)
  assert.ok(!refused.ok)
  assert.deepEqual(
    refused.problems.map(({ field, text }) => [field, text.es]),
    [['phone', 'Escriba el teléfono: es un dato obligatorio.']],
  )
})

test('whoever gets a user needs an e-mail address', () => {
  const result = parseStoreForm({ ...complete, email: '' }, 'everything')

  assert.deepEqual(!result.ok && result.problems.map(({ field }) => field), ['email'])
})

for (const [kind, typed, fields] of [
  [
    'nothing at all',
    {},
    [
      'contactType',
      'name',
      'type',
      'identification',
      'person',
      'regime',
      'fiscalResponsibility',
      'address',
      'district',
      'city',
    ],
  ],
  [
    'a legal person',
    { contactType: 'CLIENTE', type: 'NIT', person: 'Juridica' },
    ['name', 'identification', 'regime', 'fiscalResponsibility', 'address', 'district', 'city'],
  ],
  [
    'a NIT',
    { contactType: 'CLIENTE', type: 'NIT' },
    ['name', 'identification', 'person', 'regime', 'fiscalResponsibility', 'address', 'district', 'city'],
  ],
  [
    'a supplier',
    { contactType: 'PROVEEDOR', type: 'CC', createUser: 'on' },
    ['name', 'identification', 'firstName', 'surname', 'address', 'city'],
  ],
] as const) {
  test(`the form asks for every required field of ${kind}, in its order`, () => {
    const result = parseStoreForm(typed, 'everything')

    assert.deepEqual(!result.ok && result.problems.map(({ field }) => field), fields)
  })
}

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

test('the command line asks for three fields, in the order of the form', () => {
  const result = parseStoreForm({})

  assert.ok(!result.ok)
  assert.deepEqual(
    result.problems.map(({ field }) => field),
    ['name', 'identification', 'email'],
  )
  assert.equal(result.problems[1]?.text.es, 'Escriba la identificación: es un dato obligatorio.')
})

const bad: readonly (readonly [field: StoreField, value: string, sentence: RegExp])[] = [
  ['name', 'a', /El nombre de la tienda tiene 1 carácter: escriba entre 3 y 255/],
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
  ['contactType', 'SOCIO', /«SOCIO» no existe: use CLIENTE, PROVEEDOR/],
  ['person', 'Otra', /«Otra» no existe: use Natural, Juridica/],
  ['regime', '6', /«6» no existe: use 1, 2, 3, 4, 5/],
  ['fiscalResponsibility', 'x', /«x» no existe: use 1, 2, 3, 4, 5/],
  ['ciiu', '47.11', /solo dígitos/],
  ['ciiu', '12345678901', /entre 1 y 10/],
  ['postcode', '1103', /entre 5 y 10/],
  ['postcode', 'ABCDE', /solo dígitos/],
  ['route', 'norte', /solo dígitos/],
  ['position', '-1', /solo dígitos/],
  ['createUser', 'quizás', /«quizás» no existe/],
  ['acceptsMessages', 'quizás', /«quizás» no existe/],
]

for (const [field, value, sentence] of bad) {
  test(`${field} = ${JSON.stringify(value.slice(0, 24))} is refused beside its own field`, () => {
    const result = parseStoreForm({ ...complete, [field]: value }, 'everything')

    assert.ok(!result.ok)
    assert.equal(result.problems.length, 1)
    assert.equal(result.problems[0]?.field, field)
    assert.match(result.problems[0]?.text.es ?? '', sentence)
    assert.notEqual(result.problems[0]?.text.en, result.problems[0]?.text.es)
  })
}

for (const [field, value, sentence] of [
  ['firstName', 'A', /entre 2 y 255/],
  ['firstName', 'Ana 2', /«Ana 2» no es un nombre de persona/],
  ['middleName', '#', /entre 2 y 255/],
  ['surname', 'Niño & Cía', /solo letras/],
  ['secondSurname', 'x'.repeat(256), /256 caracteres/],
] as const) {
  test(`of a natural person, ${field} = ${JSON.stringify(value.slice(0, 24))} is refused beside its own field`, () => {
    const result = parseStoreForm({ ...natural, [field]: value }, 'everything')

    assert.ok(!result.ok)
    assert.deepEqual(
      result.problems.map((problem) => problem.field),
      [field],
    )
    assert.match(result.problems[0]?.text.es ?? '', sentence)
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
      for (const asked of ['everything', 'essentials'] as const) {
        const result = parseStoreForm(input, asked)

        if (result.ok) assert.ok(result.form.name.length >= 3 && (result.form.email ?? '').length <= 255)
        else assert.ok(result.problems.every(({ text }) => text.es.endsWith('.') && text.en.endsWith('.')))
      }
    }),
  )
})
