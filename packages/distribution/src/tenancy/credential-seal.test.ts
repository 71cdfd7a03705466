import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { CredentialSeal, UnreadableCredentialError } from './credential-seal.ts'

const newKey = () => `base64:${randomBytes(32).toString('base64')}`

test('what was sealed is opened by the same key, and by a later one that knows the earlier', () => {
  const [earlier, later] = [newKey(), newKey()]
  const sealed = new CredentialSeal([earlier]).seal('ñandú 1', 'st_1')

  assert.match(sealed, /^v1:[\w-]+$/)
  assert.equal(new CredentialSeal([earlier]).open(sealed, 'st_1'), 'ñandú 1')
  assert.equal(new CredentialSeal([later, earlier]).open(sealed, 'st_1'), 'ñandú 1')
})

test('the same password is never sealed into the same text', () => {
  const seal = new CredentialSeal([newKey()])

  assert.notEqual(seal.seal('secreta', 'st_1'), seal.seal('secreta', 'st_1'))
})

test('another key, another user, any changed letter, a clear text and nothing at all open nothing', () => {
  const seal = new CredentialSeal([newKey()])
  const sealed = seal.seal('secreta', 'st_1')
  const changed = Array.from(
    sealed,
    (letter, at) => sealed.slice(0, at) + (letter === 'A' ? 'B' : 'A') + sealed.slice(at + 1),
  )

  assert.throws(() => new CredentialSeal([newKey()]).open(sealed, 'st_1'), UnreadableCredentialError)
  assert.throws(() => seal.open(sealed, 'st_2'), UnreadableCredentialError)
  // The last letter of base64url has bits that stand for nothing.
  for (const text of changed.slice(0, -1)) assert.throws(() => seal.open(text, 'st_1'), UnreadableCredentialError)
  for (const text of ['secreta', '', 'v1:', 'v1:AAAA'])
    assert.throws(() => seal.open(text, 'st_1'), UnreadableCredentialError)
})

test('without a key nothing is sealed, and the error names the user and no password', () => {
  assert.throws(
    () => new CredentialSeal([]).seal('secreta', 'st_1'),
    (error) =>
      error instanceof UnreadableCredentialError && /st_1/.test(error.text.es) && !/secreta/.test(error.text.es),
  )
})
