/** JSON as PHP prints it by default: slashes and all that is not ASCII are escaped. Keys that are undefined are left out. */
export function toLaravelJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
