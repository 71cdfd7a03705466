import type { CentralDatabase } from '../database/open-central.ts'
import type { Text } from '../i18n/locale.ts'
import { isRevisionRecorded } from './catalogue-revision.ts'

/** What somebody should know, and do, where changes of catalogues are not recorded; undefined where they are. */
export async function revisionNotice(central: CentralDatabase): Promise<Text | undefined> {
  return (await isRevisionRecorded(central)) ? undefined : notice
}

/** How changes of catalogues come to be recorded. */
export const recordingRemedy: Text = {
  es: 'Dé al usuario de la base de datos el permiso TRIGGER (en MySQL con log binario, también log_bin_trust_function_creators = 1; en PostgreSQL, las tablas inv_* y cnf_taxes deben ser suyas) y ejecute ./surtidor migrate.',
  en: 'Give the database user the TRIGGER privilege (on MySQL with a binary log, log_bin_trust_function_creators = 1 too; on PostgreSQL it has to own the tables inv_* and cnf_taxes) and run ./surtidor migrate.',
}

const notice: Text = {
  es: `Los cambios del catálogo no se registran, porque faltan disparadores (triggers): todo funciona, pero cada copia revisa todos los productos. ${recordingRemedy.es}`,
  en: `Changes of the catalogue are not recorded, because triggers are missing: everything works, but each copy looks at all products. ${recordingRemedy.en}`,
}
