/** The object, with some members that are the test's own. */
export function withMembers<T extends object>(target: T, own: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get: (original, name) => {
      if (typeof name === 'string' && Object.hasOwn(own, name)) return own[name]
      const member: unknown = Reflect.get(original, name, original)
      return typeof member === 'function' ? member.bind(original) : member
    },
  })
}
