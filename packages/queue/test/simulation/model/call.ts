import { AsyncLocalStorage } from 'node:async_hooks'
import type { Connection } from '../../../src/connection.ts'
import type { SharedStore } from '../../../src/shared-store.ts'
import type { WorkerSlots } from '../../../src/worker-slots.ts'

/** What can be asked of a connection, of its shared store and of its slots. */
type Verbs = Pick<Connection, (typeof verbs)[number]> &
  Below<'shared', Pick<SharedStore, (typeof sharedVerbs)[number]>> &
  Below<'slots', WorkerSlots>

type Below<Name extends string, Part> = { [V in keyof Part & string as `${Name}.${V}`]: Part[V] }

export type Verb = keyof Verbs

/** One use of a verb. */
export type Call = { [V in Verb]: { readonly verb: V; readonly args: Parameters<Verbs[V]> } }[Verb]

export type StartedCall = Call & Started

/** A use that ended well, with what it answered. */
export type AnsweredCall = {
  [V in Verb]: {
    readonly verb: V
    readonly args: Parameters<Verbs[V]>
    readonly answer: Awaited<ReturnType<Verbs[V]>>
  }
}[Verb] &
  Started

interface Started {
  /** Of the process that asks. */
  readonly life: string
  /** `w1 claim#7`. */
  readonly label: string
}

const verbs = [
  'push',
  'pushUnique',
  'pushBatch',
  'pushReserved',
  'claim',
  'exchange',
  'renew',
  'complete',
  'conclude',
  'fail',
  'release',
  'unclaim',
  'forgive',
  'countCrash',
  'reserved',
  'recordFailure',
  'now',
  'nextDue',
  'size',
  'oldestDue',
  'isQueued',
  'clear',
  'retry',
  'forget',
  'flush',
  'pruneFailed',
  'pruneBatches',
] as const

const sharedVerbs = ['acquireLock', 'releaseLock', 'get'] as const

const known: ReadonlySet<string> = new Set([
  ...verbs,
  ...sharedVerbs.map((verb) => `shared.${verb}`),
  'slots.take',
  'slots.renew',
  'slots.free',
])

const underWay = new AsyncLocalStorage<StartedCall>()

/** For whom a statement is sent. */
export function callUnderWay(): StartedCall {
  const call = underWay.getStore()
  if (!call) throw new Error('A statement was sent by none of the verbs that the simulation knows.')
  return call
}

export interface CallListener {
  start(call: Call): StartedCall
  hear(call: AnsweredCall): void
}

/** The connection, telling of each use of a verb and of the answer that came. */
export function observed<T extends object>(target: T, listener: CallListener, path = ''): T {
  return new Proxy(target, {
    get: (_target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      const verb = `${path}${String(name)}`
      if (typeof member === 'object' && member !== null) return observed(member, listener, `${verb}.`)
      if (typeof member !== 'function') return member
      return (...args: readonly unknown[]) => {
        const perform = () => Reflect.apply(member, target, args)
        const call = { verb, args }
        return isCall(call) ? observe(listener.start(call), perform, listener) : perform()
      }
    },
  })
}

async function observe(call: StartedCall, perform: () => Promise<unknown>, listener: CallListener): Promise<unknown> {
  const answer = await underWay.run(call, perform)
  const answered = { ...call, answer }
  if (isAnswered(answered)) listener.hear(answered)
  return answer
}

function isCall(call: { readonly verb: string; readonly args: readonly unknown[] }): call is Call {
  return known.has(call.verb)
}

function isAnswered(call: Started & { readonly verb: string; readonly answer: unknown }): call is AnsweredCall {
  return known.has(call.verb)
}
