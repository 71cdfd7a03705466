import { spawnSync } from 'node:child_process'
import type { Contender } from './registry.ts'

/** Why a contender cannot run on this machine, in a few words; undefined when it can. */
export function whyUnavailable({ module }: Contender): string | undefined {
  if (module !== 'laravel') return undefined
  const { status } = spawnSync('php', ['-r', `require 'Illuminate/Queue/autoload.php';`])
  return status === 0 ? undefined : "PHP or Debian's php-illuminate-queue is not installed"
}
