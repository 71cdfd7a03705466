/** What a handler may throw that is hard to record. */
export const thrown = {
  'an error': () => new Error('It fails.'),
  'an error of a megabyte': () => new Error('ñ🛒'.repeat(200_000)),
  'an error that no column holds': () => new Error(`a\0b\ud800c\udc00${'\ufffe'}`),
  'a chain of causes': () => {
    let error = new Error('the first')
    for (let depth = 0; depth < 50; depth += 1) error = new Error(`cause ${depth}`, { cause: error })
    return error
  },
  'an error that cannot be read': () =>
    Object.defineProperty(new Error(), 'message', {
      get: () => {
        throw new Error('unreadable')
      },
    }),
  'no error': () => undefined,
} as const satisfies Readonly<Record<string, () => unknown>>

export type Thrown = keyof typeof thrown

// `Object.keys` forgets the type of the keys.
export const allThrown = Object.keys(thrown) as readonly Thrown[]
