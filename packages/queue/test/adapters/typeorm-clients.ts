import { DataSource, EntitySchema } from 'typeorm'
import { transact } from '../../src/adapters/typeorm.ts'
import type { ClientKind, ServerPlace } from './shop.ts'

const orders = new EntitySchema<{ readonly id: number }>({
  name: 'Order',
  tableName: 'orders',
  columns: { id: { type: Number, primary: true } },
})

export const typeormMysql = typeorm('mysql')

export const typeormPostgres = typeorm('postgres')

function typeorm(type: 'mysql' | 'postgres'): ClientKind<ServerPlace> {
  return {
    name: 'TypeORM',
    traits: ['pool'],
    open: async ({ user, ...place }) => {
      const db = await new DataSource({ ...place, type, username: user, entities: [orders], poolSize: 2 }).initialize()
      return {
        transact: (work) => transact(db, (trx, tx) => work({ tx, addOrder: (id) => trx.insert(orders, { id }) })),
        [Symbol.asyncDispose]: () => db.destroy(),
      }
    },
  }
}
