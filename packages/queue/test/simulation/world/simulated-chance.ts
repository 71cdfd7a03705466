import { Random } from '../../chaos/harness/random.ts'

/**
 * Until disposed `Math.random()` follows from the seed. Once in a while it is 0: what the queue does rarely, to save work,
 * is done often then.
 */
export function installChance(seed: number): Disposable {
  const real = Math.random
  const random = new Random(seed)
  Math.random = () => (random.chance(20) ? 0 : random.next())
  return {
    [Symbol.dispose]: () => {
      Math.random = real
    },
  }
}
