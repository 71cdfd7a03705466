import { spawnSync } from 'node:child_process'

/** Laravel's own parts as Debian packages them (php-illuminate-*), found on PHP's include path. */
const parts = ['Bus', 'Cache', 'Console', 'Database', 'Encryption', 'Events', 'Pipeline', 'Queue']

export function canLoadLaravel(): boolean {
  const load = parts.map((part) => `require_once 'Illuminate/${part}/autoload.php';`).join(' ')
  const code = `${load} exit(extension_loaded('pdo_mysql') && extension_loaded('pdo_sqlite') ? 0 : 1);`
  return spawnSync('php', ['-r', code], { stdio: 'ignore', timeout: 10_000 }).status === 0
}
