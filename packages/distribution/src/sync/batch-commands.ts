import { type Command, type CommandInput, type Terminal, type Text, UsageError } from '@surtidor/queue/commands'
import { distributorOption, firstId, parseOptionalId, storeArgument } from '../command-line/typed-input.ts'
import { findDistributor } from '../tenancy/distributor.ts'
import { quietSeconds } from './automatic-publication.ts'
import { cancelBatch, cancelBatchStore, pauseBatch, resumeBatch } from './batch-actions.ts'
import { describeBatch, tableOfBatches } from './batch-lines.ts'
import { type BatchProgress, listBatches, readBatch } from './batches.ts'
import { isRevisionRecorded } from './catalogue-revision.ts'
import type { BatchDependencies } from './continue-batches.ts'
import { recordingRemedy, revisionNotice } from './revision-notice.ts'
import { maxConcurrency, setAutomatic, setConcurrency, setStoreEnabled } from './sync-settings.ts'
import { tendPublications } from './tend-publications.ts'

type Open = () => Promise<BatchDependencies & AsyncDisposable>

/** What looks after publications: status, pause, resume, cancel, limit, who takes part, and what a crash has left. */
export function batchCommands(open: Open): readonly Command[] {
  return [
    statusCommand(open),
    actionCommand(open, pause),
    actionCommand(open, resume),
    cancelCommand(open),
    limitCommand(open),
    automaticCommand(open),
    storeCommand(open),
    reconcileCommand(open),
  ]
}

const batchArgument = {
  name: 'batch',
  summary: { es: 'Número de la publicación', en: 'Number of the publication' },
} as const

const shownBatches = 20

function statusCommand(open: Open): Command {
  return {
    name: 'sync:status',
    summary: {
      es: 'Muestra cómo van las publicaciones, o una tienda por tienda',
      en: 'Shows how publications are going, or one store by store',
    },
    arguments: [batchArgument],
    async run(input, terminal) {
      const id = parseOptionalId(input.arguments[0])
      await using app = await open()
      if (id !== undefined) return show(await readBatch(app.central, id), terminal)
      const batches = await listBatches(app.central, { limit: shownBatches })
      for (const line of tableOfBatches(batches, terminal.locale)) terminal.write(line)
      const notice = await revisionNotice(app.central)
      if (notice) terminal.write(notice[terminal.locale])
      return 0
    },
  }
}

interface BatchAction {
  readonly name: string
  readonly summary: Command['summary']
  readonly act: (deps: BatchDependencies, id: number) => Promise<BatchProgress>
}

const pause: BatchAction = {
  name: 'sync:pause',
  summary: {
    es: 'Detiene una publicación y sus copias, que quedan en su página',
    en: 'Pauses a publication and its copies, which stop at their page',
  },
  act: pauseBatch,
}

const resume: BatchAction = {
  name: 'sync:resume',
  summary: { es: 'Reanuda una publicación en pausa', en: 'Resumes a paused publication' },
  act: resumeBatch,
}

function actionCommand(open: Open, { name, summary, act }: BatchAction): Command {
  return {
    name,
    summary,
    arguments: [{ ...batchArgument, required: true }],
    async run(input, terminal) {
      const id = firstId(input)
      await using app = await open()
      return show(await act(app, id), terminal)
    },
  }
}

function cancelCommand(open: Open): Command {
  return {
    name: 'sync:cancel',
    summary: {
      es: 'Cancela una publicación, o una sola de sus tiendas',
      en: 'Cancels a publication, or one of its stores alone',
    },
    arguments: [{ ...batchArgument, required: true }],
    options: {
      store: {
        kind: 'text',
        summary: { es: 'Solo esta tienda; las demás siguen', en: 'This store alone; the others go on' },
      },
    },
    async run(input, terminal) {
      const id = firstId(input)
      const companyId = parseOptionalId(input.text('store'))
      await using app = await open()
      const batch = companyId === undefined ? cancelBatch(app, id) : cancelBatchStore(app, id, companyId)
      return show(await batch, terminal)
    },
  }
}

function limitCommand(open: Open): Command {
  return {
    name: 'sync:limit',
    summary: {
      es: `Fija cuántas tiendas de una distribuidora se copian a la vez (1 a ${maxConcurrency})`,
      en: `Sets how many stores of a distributor are copied at a time (1 to ${maxConcurrency})`,
    },
    arguments: [{ name: 'stores', required: true, summary: { es: 'Cuántas a la vez', en: 'How many at a time' } }],
    options: { tenant: distributorOption },
    async run(input, terminal) {
      const limit = parseLimit(input.arguments[0] ?? '')
      await using app = await open()
      const { id, name } = await findDistributor(app.central, input.text('tenant'))
      await setConcurrency(app.central, id, limit)
      const text = { es: `${name}: ${limit} a la vez.`, en: `${name}: ${limit} at a time.` }
      terminal.write(text[terminal.locale])
      return 0
    },
  }
}

function parseLimit(word: string): number {
  const limit = /^\d{1,3}$/.test(word) ? Number(word) : 0
  if (limit >= 1 && limit <= maxConcurrency) return limit
  const shown = JSON.stringify(word.slice(0, 40))
  throw new UsageError({
    es: `${shown} no es un número de tiendas a la vez: escriba un número entero de 1 a ${maxConcurrency}.`,
    en: `${shown} is no number of stores at a time: give a whole number from 1 to ${maxConcurrency}.`,
  })
}

function automaticCommand(open: Open): Command {
  return {
    name: 'sync:automatic',
    summary: {
      es: `Publica por sí sola el catálogo de una distribuidora, ${quietSeconds / 60} minutos después del último cambio`,
      en: `Publishes a distributor's catalogue by itself, ${quietSeconds / 60} minutes after the last change`,
    },
    options: {
      tenant: distributorOption,
      undo: { kind: 'flag', summary: { es: 'Otra vez solo a mano', en: 'By hand alone again' } },
    },
    async run(input, terminal) {
      const isAutomatic = !input.flag('undo')
      await using app = await open()
      const { id, name } = await findDistributor(app.central, input.text('tenant'))
      await setAutomatic(app.central, id, isAutomatic)
      const isRecorded = !isAutomatic || (await isRevisionRecorded(app.central))
      for (const { [terminal.locale]: line } of automaticLines(name, { isAutomatic, isRecorded })) terminal.write(line)
      return 0
    },
  }
}

interface Automatic {
  readonly isAutomatic: boolean
  /** Else nothing tells that a catalogue has come to rest. */
  readonly isRecorded: boolean
}

function automaticLines(name: string, { isAutomatic, isRecorded }: Automatic): readonly Text[] {
  if (!isAutomatic)
    return [{ es: `${name}: publica con «catalog:publish».`, en: `${name}: publishes with "catalog:publish".` }]
  if (isRecorded) return [{ es: `${name}: publica por sí sola.`, en: `${name}: publishes by itself.` }]
  return [
    {
      es: `${name}: publicará por sí sola cuando los cambios del catálogo se registren.`,
      en: `${name}: will publish by itself once changes of the catalogue are recorded.`,
    },
    {
      es: `${recordingRemedy.es} Mientras tanto, publique con «catalog:publish».`,
      en: `${recordingRemedy.en} Until then publish with "catalog:publish".`,
    },
  ]
}

function storeCommand(open: Open): Command {
  return {
    name: 'sync:exclude',
    summary: {
      es: 'Excluye una tienda de las publicaciones, o la incluye de nuevo',
      en: 'Leaves a store out of publications, or has it take part again',
    },
    arguments: [storeArgument],
    options: { undo: { kind: 'flag', summary: { es: 'La incluye de nuevo', en: 'Has it take part again' } } },
    run: (input, terminal) => exclude(open, input, terminal),
  }
}

async function exclude(open: Open, input: CommandInput, terminal: Terminal): Promise<number> {
  const companyId = firstId(input)
  const isEnabled = input.flag('undo')
  await using app = await open()
  await setStoreEnabled(app.central, companyId, isEnabled)
  const text = isEnabled
    ? { es: `La tienda ${companyId} recibe publicaciones.`, en: `Store ${companyId} takes part in publications.` }
    : { es: `La tienda ${companyId} no recibe publicaciones.`, en: `Store ${companyId} is left out of publications.` }
  terminal.write(text[terminal.locale])
  return 0
}

function reconcileCommand(open: Open): Command {
  return {
    name: 'sync:reconcile',
    summary: {
      es: 'Pone en orden las publicaciones después de un corte, y publica lo que toca; para cron, cada minuto',
      en: 'Puts publications right after a crash, and publishes what is due; for cron, once a minute',
    },
    async run(_input, terminal) {
      await using app = await open()
      const { lost, dispatched, published } = await tendPublications(app)
      const text = {
        es: `Copias sin trabajo: ${lost} · copias nuevas en cola: ${dispatched} · publicaciones nuevas: ${published}.`,
        en: `Copies without a job: ${lost} · new copies queued: ${dispatched} · new publications: ${published}.`,
      }
      if (lost + dispatched + published > 0) terminal.write(text[terminal.locale])
      return 0
    },
  }
}

function show(batch: BatchProgress, terminal: Terminal): number {
  for (const line of describeBatch(batch, terminal.locale)) terminal.write(line)
  return 0
}
