const maxLength = 65_536
const maxCauses = 10

/**
 * What `failed_jobs.exception` records: name, message and stack, then those of each cause; at most 64 Ki characters.
 * Never throws, whatever was thrown: a failure that cannot be described would be lost.
 */
export function exceptionText(error: unknown): string {
  const chain = [error]
  for (let cause = causeOf(error); cause !== undefined && chain.length <= maxCauses; cause = causeOf(cause)) {
    if (chain.includes(cause)) break
    chain.push(cause)
  }
  // Databases refuse NUL and half surrogates.
  return chain.map(textOf).join('\n\nCaused by: ').replaceAll('\0', '').slice(0, maxLength).toWellFormed()
}

/** For columns that hold nothing else: other letters are written as `\\u{f1}`. */
export function toAscii(text: string): string {
  return text.replace(/\P{ASCII}/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`)
}

function textOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `A value was thrown that is not an Error: ${String(error)}`
    const frames = String(error.stack ?? '')
      .slice(0, maxLength)
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
    return [`${error.name}: ${error.message}`, ...frames].join('\n')
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
