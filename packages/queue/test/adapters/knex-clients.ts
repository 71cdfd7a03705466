import knex, { type Knex } from 'knex'
import { transact } from '../../src/adapters/knex.ts'
import type { Client, ClientKind, ServerPlace } from './shop.ts'

const name = 'Knex'

export const knexMysql: ClientKind<ServerPlace> = {
  name,
  traits: ['nests', 'pool'],
  open: async (place) => onKnex(knex({ client: 'mysql2', connection: { ...place }, pool: { min: 0, max: 2 } })),
}

export const knexPostgres: ClientKind<ServerPlace> = {
  name,
  traits: ['nests', 'pool'],
  open: async (place) => onKnex(knex({ client: 'pg', connection: { ...place }, pool: { min: 0, max: 2 } })),
}

function onKnex(db: Knex): Client {
  return { transact: transactIn(db), [Symbol.asyncDispose]: () => db.destroy() }
}

function transactIn(db: Knex): Client['transact'] {
  return (work) =>
    transact(db, (trx, tx) => work({ tx, addOrder: (id) => trx('orders').insert({ id }), nest: transactIn(trx) }))
}
