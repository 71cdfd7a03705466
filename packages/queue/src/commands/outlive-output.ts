import type { Locale } from './command.ts'

let isHeeded = false

/**
 * The output may fail while a command works, and the work matters more: it goes on. A reader that went away (`| head`)
 * changes nothing about the exit code; output that was lost for another reason (a full disk) makes a 0 a 1. Once for a
 * process: whoever calls it later is told of nothing.
 */
export function outliveOutput(locale: () => Locale): void {
  if (isHeeded) return
  isHeeded = true
  let lost: Error | undefined
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || lost) return
      lost = error
      process.stderr.write(`${sentence(error)[locale()]}\n`)
    })
  }
  process.on('exit', (code) => {
    if (lost && code === 0) process.exitCode = 1
  })
}

function sentence({ message }: Error) {
  return {
    es: `La salida de la orden se perdió en parte (${message}). La orden siguió hasta el final; revise adónde escribe.`,
    en: `Some output of the command was lost (${message}). The command went on to its end; check where it writes to.`,
  }
}
