import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '@surtidor/queue/commands'
import { parseCopyRules, standardRules } from '../copy/copy-rules.ts'
import type { CopyRules } from '../copy/plan/plan.ts'
import type { Text } from '../i18n/locale.ts'
import { type OriginalTables, textOrNull } from './original-tables.ts'

/**
 * By which rules a copy here would fill the stores: those of the file, else those that the distributor has decided upon in a
 * database that was taken over, else the standard ones. Throws `CommandError` and `InvalidRuleError`.
 */
export async function readParityRules(catalogue: OriginalTables, file: string | undefined): Promise<CopyRules> {
  const json = file === undefined ? await readDistributorRules(catalogue) : readRulesFile(resolve(file))
  return json === null ? standardRules : parseCopyRules(json)
}

async function readDistributorRules(catalogue: OriginalTables): Promise<string | null> {
  if (!catalogue.has('tenants', 'kind', 'copy_rules', 'created_at')) return null
  const [row] = await catalogue.query(
    `select copy_rules as rules from tenants where kind = 'distributor' order by created_at, id limit 1`,
  )
  return textOrNull(row?.rules)
}

function readRulesFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(unreadable(path), { cause: error })
  }
}

function unreadable(path: string): Text {
  return {
    es: `No se puede leer ${path}. Dé en --rules un archivo JSON con las reglas, como en tenants.copy_rules.`,
    en: `${path} cannot be read. Give in --rules a JSON file with the rules, as in tenants.copy_rules.`,
  }
}
