/** In UTF-8: what a column of type text holds, as older tables have it. */
const maxBytes = 65_535
const maxCauses = 10

/**
 * What `failed_jobs.exception` records: name, message and stack, then those of each cause; below 64 KiB. Never throws,
 * whatever was thrown: a failure that cannot be described would be lost.
 */
export function exceptionText(error: unknown): string {
  const chain = [error]
  for (let cause = causeOf(error); cause !== undefined && chain.length <= maxCauses; cause = causeOf(cause)) {
    if (chain.includes(cause)) break
    chain.push(cause)
  }
  const text = chain.map(textOf).join('\n\nCaused by: ')
  // Databases refuse NUL and half surrogates.
  return cut(text.replaceAll('\0', '').slice(0, maxBytes).toWellFormed())
}

/** For columns that hold nothing else: other letters are written as `\\u{f1}`. Below 64 KiB. */
export function toAscii(text: string): string {
  return cut(text.replace(/\P{ASCII}/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`))
}

function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  // As the beginning of a longer text: a letter that is cut in two is left out.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, maxBytes), { stream: true })
}

function textOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `A value was thrown that is not an Error: ${String(error)}`.slice(0, maxBytes)
    const frames = String(error.stack ?? '')
      .slice(0, maxBytes)
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
    return [`${error.name}: ${error.message}`, ...frames].join('\n').slice(0, maxBytes)
  } catch {
    return 'A value was thrown that cannot be shown: reading it throws.'
  }
}

function causeOf(error: unknown): unknown {
  try {
    return error instanceof Error ? error.cause : undefined
  } catch {
    return undefined
  }
}
