const secretKey = /password|passwd|contrase|secret|token|api_?key|authorization|cookie/i

/**
 * A payload as people may see it: indented, what stands under a key that sounds like a secret masked. `data` is what its job gets:
 * Laravel serializes the properties of a class into one text, which is shown as what it holds, or not at all.
 */
export function shownPayload(payload: unknown, data: unknown): string {
  return JSON.stringify(withReadCommand(payload, data), shownValue, 2)
}

function withReadCommand(payload: unknown, data: unknown): unknown {
  if (!isObject(payload) || !isObject(payload.data) || typeof payload.data.command !== 'string') return payload
  if (payload.data.commandName === undefined) return payload
  return { ...payload, data: { ...payload.data, command: data ?? mask } }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

const mask = '••••••'

function shownValue(key: string, value: unknown): unknown {
  if (secretKey.test(key) && value !== null) return mask
  // JSON has no words for these, and PHP has both.
  if (typeof value === 'bigint') return `${value}`
  return value instanceof Uint8Array ? mask : value
}
