import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { type Activation, activateUser, findActivation, issueActivation, withoutToken } from './activation.ts'
import { isPassword } from './password.ts'

const password = 'arroz luna tambor'

test('a new user sets the password with the link, once', async () => {
  await using bed = await TestBed.open()
  const { userId, activation } = await bed.register()
  const token = activation?.token ?? ''

  const before = await findActivation(bed.central, token, new Date())
  const first = await activateUser(bed.central, { token, password }, new Date())
  const second = await activateUser(bed.central, { token, password: 'otra cosa distinta' }, new Date())

  assert.deepEqual([before.state, first.state, second.state], ['usable', 'usable', 'used'])
  assert.equal(await isPassword(password, await hashOf(bed, userId)), true)
})

test('of two who use one link at the same time, one sets the password', async () => {
  await using bed = await TestBed.open()
  const { userId, activation } = await bed.register()
  const token = activation?.token ?? ''

  const answers = await Promise.all(
    ['la primera vez', 'la segunda vez'].map((each) =>
      activateUser(bed.central, { token, password: each }, new Date()),
    ),
  )

  assert.deepEqual(answers.map(({ state }) => state).toSorted(), ['usable', 'used'])
  const winner = answers[0]?.state === 'usable' ? 'la primera vez' : 'la segunda vez'
  assert.equal(await isPassword(winner, await hashOf(bed, userId)), true)
})

test('a link is good for 72 hours', async () => {
  await using bed = await TestBed.open()
  const issuedAt = new Date('2026-11-20T10:00:00Z')
  const { userId } = await bed.register()
  const { token } = await issue(bed, userId, issuedAt)

  const lastSecond = await findActivation(bed.central, token, new Date('2026-11-23T09:59:59Z'))
  const after = await activateUser(bed.central, { token, password }, new Date('2026-11-23T10:00:00Z'))

  assert.deepEqual([lastSecond.state, after.state], ['usable', 'expired'])
  assert.equal(await hashOf(bed, userId), '')
})

test('a new link does not spoil the one before, and using one spoils both', async () => {
  await using bed = await TestBed.open()
  const { userId, activation } = await bed.register()
  const { token } = await issue(bed, userId, new Date())
  const find = async (each: string) => (await findActivation(bed.central, each, new Date())).state
  const first = activation?.token ?? ''

  const before = [await find(first), await find(token)]
  await activateUser(bed.central, { token: first, password }, new Date())

  assert.deepEqual(before, ['usable', 'usable'])
  assert.deepEqual([await find(first), await find(token)], ['used', 'used'])
})

test('a token that nobody issued is unknown, whatever it looks like', async () => {
  await using bed = await TestBed.open()
  const { activation } = await bed.register()
  const stored = await bed.central.selectFrom('user_activations').select('token_hash').executeTakeFirstOrThrow()

  for (const token of ['', 'x', `${activation?.token}x`, stored.token_hash, '%', '\ud800']) {
    assert.equal((await findActivation(bed.central, token, new Date())).state, 'unknown', token)
  }
})

test('a path goes into the log without its token', () => {
  assert.equal(withoutToken('/activar/abc'), '/activar/…')
  assert.equal(withoutToken('/stores/1'), '/stores/1')
})

function issue(bed: TestBed, userId: number, now: Date): Promise<Activation> {
  return bed.central.transaction().execute((trx) => issueActivation(trx, userId, now))
}

async function hashOf(bed: TestBed, userId: number): Promise<string> {
  const user = await bed.central
    .selectFrom('users')
    .select('password')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow()
  return user.password ?? ''
}
