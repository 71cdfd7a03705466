import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, CommandError, type Terminal, writeInfo } from '@surtidor/queue/commands'
import { formatNumber, type Text } from '../i18n/locale.ts'
import { type DatabaseDefaults, openInspected } from './inspected-database.ts'
import { proposeRepairs } from './propose-repairs.ts'
import { type Repair, type RepairCode, repairScript, undoScript } from './repairs.ts'

/**
 * `laravel:repair [database] --output=FOLDER`: writes two SQL scripts, one that mends what the original application left
 * behind and one that takes it back. The database itself is only read; exit code 0 also when there is nothing to mend.
 */
export function laravelRepairCommand(settings: DatabaseDefaults): Command {
  return {
    name: 'laravel:repair',
    summary: {
      es: 'Propone en dos archivos SQL cómo reparar los datos de la aplicación Laravel, y cómo deshacerlo',
      en: 'Proposes in two SQL files how to mend the data of the Laravel application, and how to take it back',
    },
    arguments: [
      {
        name: 'database',
        summary: {
          es: 'Como en laravel:inspect; sin él, la de .env',
          en: 'As for laravel:inspect; without it that of .env',
        },
      },
    ],
    options: {
      output: {
        kind: 'text',
        default: '.',
        summary: { es: 'Carpeta de los archivos', en: 'Folder of the files' },
      },
    },
    async run(input, terminal) {
      await using database = await openInspected(input.arguments[0], settings)
      const repairs = await proposeRepairs(database)
      const files = writeScripts(resolve(input.text('output') ?? '.'), [
        repairScript(repairs, database.kind),
        undoScript(repairs, database.kind),
      ])
      report(terminal, repairs, files)
      return 0
    },
  }
}

const fileNames = ['repair.sql', 'repair-undo.sql'] as const

/** Neither file is there before: a second proposal does not take away the way back from the first. */
function writeScripts(folder: string, scripts: readonly string[]): readonly string[] {
  const paths = fileNames.map((name) => join(folder, name))
  try {
    mkdirSync(folder, { recursive: true })
    for (const [index, path] of paths.entries()) writeFileSync(path, scripts[index] ?? '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new CommandError(unwritable(folder), { cause: error })
  }
  return paths
}

function unwritable(folder: string): Text {
  return {
    es: `No se pueden escribir ${fileNames.join(' y ')} en ${folder}: ya existen, o falta permiso. Elija otra carpeta con --output.`,
    en: `${fileNames.join(' and ')} cannot be written in ${folder}: they are there already, or it is not allowed. Choose another folder with --output.`,
  }
}

function report(terminal: Terminal, repairs: readonly Repair[], files: readonly string[]): void {
  const { locale } = terminal
  const counts = Map.groupBy(repairs, ({ code }) => code)
  for (const [code, each] of counts) terminal.write(`  ${code}  ${each.length}  ${proposals[code][locale]}`)
  const total = formatNumber(repairs.length, locale)
  const summary = {
    es: `${total} cambios propuestos en ${files[0]}; ${files[1]} los deshace. Haga una copia de seguridad, lea el archivo y ejecútelo usted. Nada se cambió.`,
    en: `${total} changes proposed in ${files[0]}; ${files[1]} takes them back. Make a backup, read the file and run it yourself. Nothing was changed.`,
  }
  writeInfo(terminal, summary[locale])
}

const proposals: Readonly<Record<RepairCode, Text>> = {
  TIENDA_CATEGORY_REPEATED: {
    es: 'los productos pasan a la primera categoría TIENDA; las demás quedan inactivas con otro nombre',
    en: 'products go to the first category TIENDA; the others go out of use under another name',
  },
  SOURCE_LINK_LOST: {
    es: 'se vincula otra vez con el producto del distribuidor que tiene su SKU',
    en: 'is tied again to the product of the distributor that has its SKU',
  },
  COPY_REPEATED: {
    es: 'queda la primera fila; las demás quedan inactivas, propias y con otro SKU',
    en: 'the first row stays; the others go out of use as own products under another SKU',
  },
  OWN_SKU_REPEATED: {
    es: 'queda la primera fila; las demás quedan inactivas con otro SKU',
    en: 'the first row stays; the others go out of use under another SKU',
  },
  COPY_DELETED_AT_BIRTH: {
    es: 'vuelve a verse: se copió ya borrado por un error',
    en: 'is seen again: it was copied as deleted by a mistake',
  },
}
