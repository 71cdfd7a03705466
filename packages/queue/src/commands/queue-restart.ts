import type { Command } from './command.ts'
import { writeInfo } from './console.ts'
import type { QueueCommandHost } from './host.ts'

/** `queue:restart`: workers end after their current job, Laravel's too. */
export function queueRestartCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:restart',
    summary: {
      es: 'Termina los procesos de la cola después de su trabajo en curso',
      en: 'Restart queue worker daemons after their current job',
    },
    async run(_input, terminal) {
      await using program = await host.open()
      await program.queue.restartWorkers()
      const text = {
        es: 'Se dio la señal de reinicio a los procesos de la cola.',
        en: 'Broadcasting queue restart signal.',
      }
      writeInfo(terminal, text[terminal.locale])
      return 0
    },
  }
}
