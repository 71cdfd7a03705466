import { type Finding, type InspectionSettings, inspectLaravelQueue, type Severity } from '@surtidor/queue'
import { type Command, type Terminal, writeInfo } from '@surtidor/queue/commands'
import { formatNumber, type Text } from '../i18n/locale.ts'
import { inspectStores } from './inspect-stores.ts'
import { type DatabaseDefaults, openInspected } from './inspected-database.ts'

export interface InspectSettings extends DatabaseDefaults {
  readonly queue: InspectionSettings
}

/**
 * `laravel:inspect [database]`: what a database of a Laravel application holds, and what to do before jobs move over. Reads
 * only; exit code 1 when it finds a problem.
 */
export function laravelInspectCommand(settings: InspectSettings): Command {
  return {
    name: 'laravel:inspect',
    summary: {
      es: 'Mira la base de datos de una aplicación Laravel y dice qué hacer antes de mover trabajos',
      en: 'Looks at the database of a Laravel application and says what to do before jobs move over',
    },
    arguments: [
      {
        name: 'database',
        summary: {
          es: 'Archivo SQLite, o mysql://user@host:port/name, postgres://… (la contraseña, en DB_PASSWORD); sin él, la de .env',
          en: 'SQLite file, or mysql://user@host:port/name, postgres://… (the password in DB_PASSWORD); without it that of .env',
        },
      },
    ],
    options: { json: { kind: 'flag', summary: { es: 'Escribe JSON', en: 'Writes JSON' } } },
    async run(input, terminal) {
      await using database = await openInspected(input.arguments[0], settings)
      const queueFindings = await inspectLaravelQueue(database, settings.queue)
      const findings = inOrder([...queueFindings, ...(await inspectStores(database))])
      const { label, kind } = database
      if (input.flag('json')) terminal.write(JSON.stringify({ database: label, kind, findings }, null, 2))
      else writeReport(terminal, label, findings)
      return findings.some(({ severity }) => severity === 'problem') ? 1 : 0
    },
  }
}

const severities: readonly Severity[] = ['problem', 'warning', 'info']

/** The worst first, otherwise as they were found. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return severities.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
}

function writeReport(terminal: Terminal, label: string, findings: readonly Finding[]): void {
  writeInfo(terminal, printable(label))
  for (const { severity, code, facts, advice } of findings) {
    terminal.write(`  ${severityLabels[severity][terminal.locale]}  ${code}  ${factsText(facts)}`)
    terminal.write(`      ${printable(advice[terminal.locale])}`)
  }
  terminal.write('')
  terminal.write(`  ${totals(findings)[terminal.locale]}`)
}

const severityLabels: Readonly<Record<Severity, Text>> = {
  problem: { es: 'PROBLEMA', en: 'PROBLEM ' },
  warning: { es: 'AVISO   ', en: 'WARNING ' },
  info: { es: 'DATO    ', en: 'INFO    ' },
}

/** `jobs.payload count=3 exampleId=7`. */
function factsText({ table, column, ...others }: Finding['facts']): string {
  const place = [table, column].filter((part) => part !== undefined).join('.')
  const rest = Object.entries(others).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.join(', ') : value}`,
  )
  return printable([place, ...rest].filter((part) => part !== '').join(' '))
}

function totals(findings: readonly Finding[]): Text {
  const count = (severity: Severity, locale: 'es' | 'en') =>
    formatNumber(findings.filter((finding) => finding.severity === severity).length, locale)
  return {
    es: `Problemas: ${count('problem', 'es')} · avisos: ${count('warning', 'es')} · datos: ${count('info', 'es')}. Nada se cambió.`,
    en: `Problems: ${count('problem', 'en')} · warnings: ${count('warning', 'en')} · notes: ${count('info', 'en')}. Nothing was changed.`,
  }
}

/** Names come from the database: control characters would be obeyed by a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\ufffd')
}
