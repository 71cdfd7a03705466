/** Code of the application runs here, its hooks and its listeners: what that throws later must not end us. */
export function outliveApplication(onError: (error: unknown) => void): Disposable {
  process.on('uncaughtException', onError).on('unhandledRejection', onError)
  return {
    [Symbol.dispose]: () => void process.off('uncaughtException', onError).off('unhandledRejection', onError),
  }
}
