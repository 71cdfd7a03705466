import type { Connection } from '../../src/connection.ts'

/** The connection, with some members that are the test's own. */
export function wrappedConnection(connection: Connection, own: Readonly<Record<string, unknown>>): Connection {
  return new Proxy(connection, {
    get: (target, name) => {
      const member: unknown = typeof name === 'string' && name in own ? own[name] : Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
