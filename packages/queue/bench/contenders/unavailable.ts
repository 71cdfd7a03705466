import { spawnSync } from 'node:child_process'
import type { Contender } from './registry.ts'

/** Why a contender cannot run on this machine, in a few words; undefined when it can. */
export function whyUnavailable({ module }: Contender): string | undefined {
  if (module !== 'laravel') return undefined
  const missing = parts.filter(
    (part) => spawnSync('php', ['-r', `require 'Illuminate/${part}/autoload.php';`]).status !== 0,
  )
  if (missing.length === 0) return undefined
  return `PHP or Debian's ${missing.map((part) => `php-illuminate-${part.toLowerCase()}`).join(', ')} is not installed`
}

/** What `laravel.php` loads. */
const parts = ['Queue', 'Events', 'Database', 'Bus']
