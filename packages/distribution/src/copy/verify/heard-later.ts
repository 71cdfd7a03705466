/** What is begun ahead may fail before anybody listens; who awaits it hears of that still. */
export function heardLater<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined)
  return promise
}
