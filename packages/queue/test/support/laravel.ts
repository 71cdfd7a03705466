import { spawnSync } from 'node:child_process'

/** Laravel's own queue as Debian packages it (php-illuminate-queue), found on PHP's include path. */
export function canLoadLaravel(): boolean {
  const code = `require 'Illuminate/Queue/autoload.php'; require 'Illuminate/Database/autoload.php';
    exit(class_exists('Illuminate\\\\Queue\\\\DatabaseQueue') && extension_loaded('pdo_mysql') ? 0 : 1);`
  return spawnSync('php', ['-r', code], { stdio: 'ignore', timeout: 10_000 }).status === 0
}
