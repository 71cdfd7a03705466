import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, isPassword, passwordProblem } from './password.ts'

test('a password is kept as argon2id with a salt of its own, in the text that PHP reads too', async () => {
  const [first, second] = [await hashPassword('arroz luna tambor'), await hashPassword('arroz luna tambor')]

  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.notEqual(first, second)
  assert.equal(await isPassword('arroz luna tambor', first), true)
  assert.equal(await isPassword('arroz luna tamboR', first), false)
})

test('a hash of another program is understood by its own settings', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32
  const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

  assert.equal(await isPassword('password', hash), true)
  assert.equal(await isPassword('passwore', hash), false)
})

test('an accent typed on another phone is the same password', async () => {
  assert.equal(await isPassword('cafe\u0301 con leche', await hashPassword('caf\u00e9 con leche')), true)
})

for (const hash of ['', 'x', '$2y$12$abcdefghijklmnopqrstuv', '$argon2id$v=19$m=19456,t=2,p=1$$']) {
  test(`nobody's password is ${JSON.stringify(hash)}`, async () => {
    assert.equal(await isPassword('', hash), false)
  })
}

const own = ['ana@ejemplo.co', 'Ana María Niño']

test('what is short, too long, damaged, or the first guess of everybody is refused', () => {
  for (const password of [
    '',
    'siete77',
    'x'.repeat(129),
    'aaaaaaaaa',
    '12345678',
    '1234567890',
    'Contraseña1',
    'password123',
    'tienda2026',
    'ANA@ejemplo.co',
    'ana maría niño',
    'roto \ud800 aquí',
  ]) {
    assert.ok(passwordProblem(password, own), password)
  }
})

test('eight characters of any script will do', () => {
  for (const password of ['arroz luna', 'ñandú🌽🌽🌽', '  espacios ', 'x'.repeat(64) + 'y'.repeat(64)]) {
    assert.equal(passwordProblem(password, own), undefined, password)
  }
})
