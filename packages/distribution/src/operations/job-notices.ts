import { formatNumber, type Text } from '../i18n/locale.ts'

/** What an action did, as a code in the address; the page has the words. */
export type JobNotice = 'retried' | 'forgotten' | 'gone' | 'retried-all' | 'flushed'

const notices: Readonly<Record<JobNotice, (count: number) => Text>> = {
  retried: () => ({ es: 'El trabajo volvió a la cola.', en: 'The job is back on its queue.' }),
  forgotten: () => ({ es: 'El trabajo fallido se descartó.', en: 'The failed job was discarded.' }),
  gone: () => ({
    es: 'Ese trabajo ya no está entre los fallidos: alguien lo reintentó o lo descartó antes. No hay nada más que hacer.',
    en: 'That job is no longer among the failed ones: somebody retried or discarded it before. There is nothing left to do.',
  }),
  'retried-all': (count) =>
    count === 0
      ? { es: 'No había trabajos fallidos para reintentar.', en: 'There were no failed jobs to retry.' }
      : {
          es: `Volvieron a la cola: ${formatNumber(count, 'es')}.`,
          en: `Back on their queues: ${formatNumber(count, 'en')}.`,
        },
  flushed: (count) =>
    count === 0
      ? { es: 'No había trabajos fallidos para borrar.', en: 'There were no failed jobs to delete.' }
      : { es: `Se borraron: ${formatNumber(count, 'es')}.`, en: `Deleted: ${formatNumber(count, 'en')}.` },
}

/** The words for a code of an address; undefined for a code that we did not write. */
export function jobNotice(code: string | undefined, count: number): Text | undefined {
  return isNotice(code) ? notices[code](count) : undefined
}

function isNotice(code: string | undefined): code is JobNotice {
  return code !== undefined && Object.hasOwn(notices, code)
}
