const maxLength = 65_536

/** What `failed_jobs.exception` records: name, message and stack, then those of each cause; at most 64 Ki characters. */
export function exceptionText(error: unknown): string {
  const chain = [error]
  for (let cause = causeOf(error); cause !== undefined && !chain.includes(cause); cause = causeOf(cause))
    chain.push(cause)
  // Databases refuse NUL and half surrogates, and a failure that cannot be stored would be lost.
  return chain.map(textOf).join('\n\nCaused by: ').replaceAll('\0', '').slice(0, maxLength).toWellFormed()
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return `A value was thrown that is not an Error: ${String(error)}`
  const head = `${error.name}: ${error.message}`
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  return [head, ...frames].join('\n')
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}
