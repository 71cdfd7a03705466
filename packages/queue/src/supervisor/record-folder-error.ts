import { QueueError } from '../errors.ts'

/** What is wrong with the folder, with what a person needs to mend it. */
export type RecordFolderFault =
  | { readonly kind: 'foreign'; readonly owner: number; readonly user: number }
  | { readonly kind: 'open_to_others'; readonly mode: number }
  | { readonly kind: 'no_folder' }
  | { readonly kind: 'not_made' }

/** Workers write into the folder what they hold: who else could write there could end them, or have their jobs run again. */
export class RecordFolderError extends QueueError {
  readonly code = 'RECORD_FOLDER'
  readonly path: string
  readonly fault: RecordFolderFault

  constructor(path: string, fault: RecordFolderFault, options?: ErrorOptions) {
    super(`The recordFolder ${path} ${inEnglish(path, fault)}`, options)
    this.path = path
    this.fault = fault
  }
}

function inEnglish(path: string, fault: RecordFolderFault): string {
  switch (fault.kind) {
    case 'foreign':
      return `belongs to another user (uid ${fault.owner}; this process runs as ${fault.user}). Run as that user, or give the folder to this one: chown -R ${fault.user} ${path}`
    case 'open_to_others':
      return `may be used by others (mode ${fault.mode.toString(8)}). Keep it for its owner: chmod 700 ${path}`
    case 'no_folder':
      return 'is a file or a link. Move that away, or give another recordFolder.'
    case 'not_made':
      return 'cannot be made. Allow this user to write where it should be, run as the user who may, or give another recordFolder.'
  }
}

/** The same for people who read Spanish. */
export function recordFolderInSpanish({ path, fault }: RecordFolderError): string {
  const folder = `La carpeta ${path}, donde los trabajadores anotan lo que tienen,`
  switch (fault.kind) {
    case 'foreign':
      return `${folder} es de otro usuario (uid ${fault.owner}; este proceso corre como ${fault.user}). Ejecute la orden como ese usuario, o dé la carpeta a este: chown -R ${fault.user} ${path}`
    case 'open_to_others':
      return `${folder} está abierta a otros (modo ${fault.mode.toString(8)}). Déjela solo para su dueño: chmod 700 ${path}`
    case 'no_folder':
      return `${folder} es un archivo o un enlace. Quítelo de ahí, o dé otra recordFolder.`
    case 'not_made':
      return `${folder} no se puede crear. Dé permiso de escritura donde debe estar, ejecute la orden como quien lo tenga, o dé otra recordFolder.`
  }
}
