import type { Command } from './command.ts'
import { writeInfo, writeProblem } from './console.ts'
import type { QueueCommandHost } from './host.ts'

/** `queue:forget UUID`: exit 1 when there is no such failed job. */
export function queueForgetCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:forget',
    summary: { es: 'Borra un trabajo fallido', en: 'Delete a failed queue job' },
    arguments: [
      { name: 'id', required: true, summary: { es: 'Id del trabajo fallido', en: 'The ID of the failed job' } },
    ],
    async run(input, terminal) {
      const { locale } = terminal
      const uuid = input.arguments[0] ?? ''
      await using program = await host.open()
      const { queue } = program
      if (!(await queue.forget(uuid))) {
        writeProblem(
          terminal,
          {
            es: `Ningún trabajo fallido tiene el id [${uuid}]. Vea los que hay con «queue:failed».`,
            en: 'No failed job matches the given ID.',
          }[locale],
        )
        return 1
      }
      writeInfo(terminal, { es: 'Trabajo fallido borrado.', en: 'Failed job deleted successfully.' }[locale])
      return 0
    },
  }
}
