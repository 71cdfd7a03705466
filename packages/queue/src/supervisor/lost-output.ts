/** Jobs matter more than what is written of them: a reader that went away, or a full disk, ends no process until the answer is disposed. */
export function outliveLostOutput(): Disposable {
  const streams = [process.stdout, process.stderr]
  const ignore = () => undefined
  for (const stream of streams) stream.on('error', ignore)
  return {
    [Symbol.dispose]: () => {
      for (const stream of streams) stream.off('error', ignore)
    },
  }
}
