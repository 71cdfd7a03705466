import type { Logger } from 'pino'
import type { CentralDatabase } from '../database/open-central.ts'
import { readClock } from '../database/sql.ts'
import { dateOf } from '../database/utc-text.ts'
import type { Channel, Delivery } from './channel.ts'
import type { Channels } from './channels.ts'
import { maskReason, maskRecipient } from './mask.ts'
import { composeMessage } from './message-kinds.ts'
import type { NotificationSettings } from './notification-settings.ts'
import { channelNames } from './outbox.ts'
import {
  type ClaimedMessage,
  claimMessage,
  type DueMessage,
  findDue,
  postponeDue,
  type Settlement,
  settleMessage,
} from './outbox-rows.ts'
import { readPayload } from './payload.ts'
import { endOfQuiet } from './quiet-hours.ts'
import { retryPauseSeconds } from './retry-pause.ts'

export interface SenderDependencies {
  readonly central: CentralDatabase
  readonly settings: Pick<NotificationSettings, 'appUrl' | 'locale' | 'quietHours'>
  readonly channels: Channels
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** What is due is decided by one clock for all senders: the database's, where nothing else is said. */
  readonly readNow?: () => Promise<Date>
  /** From 0 to 1. */
  readonly random?: () => number
}

export interface SendLimits {
  readonly most: number
  readonly signal: AbortSignal
}

/** How many messages came to what. */
export type SendCounts = Readonly<Record<Settlement['state'], number>> & {
  /** True when it stopped early, because so many failed in a row: the way out is likely closed. */
  readonly hasGivenUp: boolean
}

const mostFailuresInRow = 3

/**
 * Sends what is due, one message after the other, each under a lease of its own: of two senders one has it. A sender that dies
 * leaves the lease, and after it the message goes out again under the same key. Throws what the database throws.
 */
export async function sendDue(deps: SenderDependencies, { most, signal }: SendLimits): Promise<SendCounts> {
  const counts = { sent: 0, pending: 0, dead: 0, obsolete: 0 }
  let failuresInRow = 0
  await respectQuiet(deps)
  for await (const message of claimDue(deps, most)) {
    const { state } = await settle(deps, message, await deliver(deps, message, signal))
    counts[state] += 1
    failuresInRow = state === 'pending' ? failuresInRow + 1 : 0
    if (failuresInRow === mostFailuresInRow) break
    signal.throwIfAborted()
  }
  return { ...counts, hasGivenUp: failuresInRow === mostFailuresInRow }
}

export async function readNow({
  central,
  readNow: read,
}: Pick<SenderDependencies, 'central' | 'readNow'>): Promise<Date> {
  return read ? read() : dateOf(await readClock(central))
}

async function respectQuiet(deps: SenderDependencies): Promise<void> {
  const { quietHours } = deps.settings
  const now = await readNow(deps)
  const until = quietHours && endOfQuiet(quietHours, now)
  const channels = channelNames.filter((name) => deps.channels[name].isHeard)
  if (until && channels.length > 0) await postponeDue(deps.central, { channels, until, now })
}

/** So many are looked up at a time; each is claimed right before it is sent. */
const lookedUpAtOnce = 20

async function* claimDue(deps: SenderDependencies, most: number): AsyncGenerator<ClaimedMessage> {
  for (let claimed = 0; claimed < most; ) {
    const due = await findDue(deps.central, await readNow(deps), Math.min(lookedUpAtOnce, most - claimed))
    if (due.length === 0) return
    for (const each of due) {
      const message = await claim(deps, each)
      if (!message) continue
      claimed += 1
      yield message
    }
  }
}

async function claim(deps: SenderDependencies, due: DueMessage): Promise<ClaimedMessage | undefined> {
  const message = await claimMessage(deps.central, due, await readNow(deps))
  if (message?.mayHaveBeenSent)
    deps.log.warn(
      { event: 'notification_sent_again', ...factsOf(message) },
      'Quien enviaba este mensaje murió: sale otra vez con la misma clave',
    )
  return message
}

type Outcome = Delivery | { readonly kind: 'obsolete'; readonly reason: string }

async function deliver(deps: SenderDependencies, message: ClaimedMessage, signal: AbortSignal): Promise<Outcome> {
  const channel = channelOf(deps.channels, message.channel)
  if (!channel) return { kind: 'refused', reason: `There is no channel ${message.channel}.` }
  const payload = readPayload(message.payload)
  if (!payload) return { kind: 'refused', reason: 'The payload is no JSON object.' }
  const source = { ...deps, message: { companyId: message.companyId, payload }, now: await readNow(deps) }
  const content = await composeMessage(message.kind, source)
  if ('unsendable' in content) return { kind: content.unsendable, reason: content.reason }
  return channel.send({ key: message.key, kind: message.kind, recipient: message.recipient, content }, signal)
}

function channelOf(channels: Channels, name: string): Channel | undefined {
  const known = channelNames.find((each) => each === name)
  return known && channels[known]
}

/** Writes down what became of a message, and answers it. */
async function settle(deps: SenderDependencies, message: ClaimedMessage, outcome: Outcome): Promise<Settlement> {
  const now = await readNow(deps)
  const settlement = settlementOf(deps, { message, outcome, now })
  const isOurs = await settleMessage(deps.central, message, { ...settlement, now })
  tell(deps, message, settlement)
  if (!isOurs)
    deps.log.warn({ event: 'notification_lease_lost', ...factsOf(message) }, 'Otro proceso tiene este mensaje')
  return settlement
}

interface Ended {
  readonly message: ClaimedMessage
  readonly outcome: Outcome
  readonly now: Date
}

function settlementOf({ random = Math.random }: SenderDependencies, { message, outcome, now }: Ended): Settlement {
  if (outcome.kind === 'sent') return { state: 'sent' }
  const reason = maskReason(outcome.reason.replaceAll(message.recipient, maskRecipient(message.recipient)))
  if (outcome.kind === 'obsolete') return { state: 'obsolete', reason }
  const pause = outcome.kind === 'failed' ? retryPauseSeconds(message.attempts, random) : undefined
  if (pause === undefined) return { state: 'dead', reason }
  return { state: 'pending', reason, nextAttemptAt: new Date(now.getTime() + pause * 1000) }
}

function tell({ log }: SenderDependencies, message: ClaimedMessage, settlement: Settlement): void {
  const { level, text } = lines[settlement.state]
  const reason = settlement.state === 'sent' ? {} : { reason: settlement.reason }
  log[level]({ event: `notification_${settlement.state}`, ...factsOf(message), ...reason }, text)
}

const lines = {
  sent: { level: 'info', text: 'Mensaje enviado' },
  obsolete: { level: 'info', text: 'El mensaje ya no tiene objeto' },
  pending: { level: 'warn', text: 'El mensaje no salió y se intenta de nuevo' },
  dead: { level: 'error', text: 'Mensaje abandonado: vea notifications:list --dead' },
} as const

/** Never the recipient as it is. */
function factsOf({ id, kind, channel, recipient, attempts, key }: ClaimedMessage) {
  return { notification: id, kind, channel, to: maskRecipient(recipient), attempt: attempts, key }
}
