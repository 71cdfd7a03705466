/**
 * PHP's `json_encode` as Laravel calls it: slashes and the two Unicode line separators are escaped. Throws `TypeError` for
 * what either side could not read again.
 */
export function toPhpJson(value: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(value)
  // One look at the text instead of one for each: nearly none has any.
  if (!unusual.test(json)) return json
  checkReadable(json)
  return json.replaceAll('/', '\\/').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

/** The same JSON in ASCII: it has other letters in its texts only, where each has an escape. */
export function toAsciiJson(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const unusual = /[/\\\u2028\u2029]|"__proto__":/

function checkReadable(json: string): void {
  // JSON writes half of a surrogate pair as an escape, which PHP refuses.
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(json)) throw new TypeError('it has text that is not well formed')
  if (json.includes('"__proto__":')) throw new TypeError('it has a key __proto__')
}
