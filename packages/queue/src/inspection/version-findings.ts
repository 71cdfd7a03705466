import type { LaravelVersion } from '../laravel/formats.ts'
import type { Finding } from './finding.ts'
import { newestOf, type VersionRange } from './payload-version.ts'

/** Whether `LARAVEL_VERSION` is what the payloads point to. */
export function versionFinding(seen: Iterable<VersionRange>, configured: LaravelVersion): Finding {
  const range = newestOf(seen)
  if (!range) return unknownVersion(configured)
  const { oldest, newest } = range
  const versions = oldest === newest ? `${oldest}` : `${oldest}–${newest}`
  const facts = { table: 'jobs', column: 'payload', versions, configured }
  if (configured >= oldest && configured <= newest) {
    return { code: 'LARAVEL_VERSION', severity: 'info', facts, advice: fits }
  }
  return {
    code: 'LARAVEL_VERSION_DIFFERS',
    severity: 'problem',
    facts,
    advice: {
      es: `Los trabajos son de Laravel ${versions} y LARAVEL_VERSION es ${configured}: póngala en .env como «php artisan --version» la dice, o los candados y el prefijo no coinciden.`,
      en: `The jobs are of Laravel ${versions} and LARAVEL_VERSION is ${configured}: set it in .env to what "php artisan --version" says, or locks and prefix do not match.`,
    },
  }
}

const fits = {
  es: 'LARAVEL_VERSION concuerda con los trabajos. Compruébela con «php artisan --version».',
  en: 'LARAVEL_VERSION agrees with the jobs. Check it with "php artisan --version".',
}

function unknownVersion(configured: LaravelVersion): Finding {
  return {
    code: 'LARAVEL_VERSION_UNKNOWN',
    severity: 'info',
    facts: { table: 'jobs', column: 'payload', configured },
    advice: {
      es: 'Ningún trabajo dice de qué versión es. Ponga LARAVEL_VERSION en .env como la dice «php artisan --version».',
      en: 'No job tells of which version it is. Set LARAVEL_VERSION in .env to what "php artisan --version" says.',
    },
  }
}
