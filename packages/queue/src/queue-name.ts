import { InvalidOptionError } from './errors.ts'

let checkedName = ''

/** Laravel allows 255 characters and reads `--queue` as a list with commas. */
export function checkQueueName(name: string): string {
  // Nearly every job goes to the same queue as the one before it.
  if (name === checkedName) return name
  if (!/^[^\p{C},]{1,255}$/u.test(name)) {
    throw new InvalidOptionError('queue', name, '1 to 255 printable characters without a comma')
  }
  checkedName = name
  return name
}
