import type { KillReason, RunnerEnd } from '../supervisor/runner-process.ts'
import type { Text } from './command.ts'
import { problemText } from './error-text.ts'

/** What a person should know of how a process ended that ran the jobs; undefined when it has said so itself. */
export function runnerEndText(end: RunnerEnd): Text | undefined {
  if (end.kind === 'unstarted') return unstartedText(problemText(end.error))
  if (end.kind !== 'died' || end.killedFor?.kind === 'stop') return undefined
  const cause = end.killedFor ? killedText(end.killedFor) : diedText(end)
  return {
    es: `El proceso de los trabajos terminó: ${cause.es}. Lo que no terminó vuelve a la cola o queda como fallido.`,
    en: `The process of the jobs ended: ${cause.en}. What had not ended goes back to its queue, or has failed.`,
  }
}

function unstartedText({ es, en }: Text): Text {
  return {
    es: `No se pudo iniciar el proceso de los trabajos: ${es}. Revise la memoria y cuántos procesos permite el sistema.`,
    en: `The process of the jobs could not be started: ${en}. Look at the memory, and at how many processes the system allows.`,
  }
}

function diedText({ code, signal }: Extract<RunnerEnd, { readonly kind: 'died' }>): Text {
  return signal ? { es: `señal ${signal}`, en: `signal ${signal}` } : { es: `código ${code}`, en: `exit code ${code}` }
}

function killedText(reason: Exclude<KillReason, { readonly kind: 'stop' }>): Text {
  switch (reason.kind) {
    case 'timeout':
      return {
        es: `un trabajo siguió después de sus ${reason.seconds} segundos`,
        en: `a job went on after its ${reason.seconds} seconds`,
      }
    case 'memory':
      return { es: `más de ${reason.megabytes} MB de memoria`, en: `more than ${reason.megabytes} MB of memory` }
    case 'standstill':
      return { es: 'una señal lo detuvo demasiado tiempo', en: 'a signal had stopped it for too long' }
    case 'unready':
      return {
        es: `en ${reason.seconds} segundos no llegó a trabajar`,
        en: `it had not come to work after ${reason.seconds} seconds`,
      }
    case 'unresponsive':
      return { es: 'dejó de oír al proceso que lo vigila', en: 'it did not hear the process that watches over it' }
  }
}
