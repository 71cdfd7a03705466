import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

const publicFolder = new URL('../public/', import.meta.url)

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
}

interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly contentType: string
  readonly version: string
}

/**
 * The files that browsers may have, read once at the start. A request is answered from this list alone, so no path can
 * lead out of it.
 */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>

  constructor() {
    this.#files = new Map([
      ['app.css', read(new URL('app.css', publicFolder))],
      ['logo.svg', read(new URL('logo.svg', publicFolder))],
      ['vendor/htmx.js', htmxWithEvents()],
      ...catalogImages(),
    ])
  }

  /** The address of a file; it changes with the content, so that browsers may keep the file for ever. */
  url(name: string): string {
    return `/static/${name}?v=${this.#files.get(name)?.version ?? ''}`
  }

  /** The address of a product's image, undefined when we do not have it. */
  imageUrl(path: string | null): string | undefined {
    const name = path?.replace(/^\/?(?:static\/|public\/)?/, '')
    return name?.startsWith('catalog/') && this.#files.has(name) ? this.url(name) : undefined
  }

  respond(request: Request): Response {
    const url = new URL(request.url)
    const file = this.#files.get(url.pathname.replace(/^\/static\//, ''))
    if (!file) return new Response(null, { status: 404 })
    const isCurrent = url.searchParams.get('v') === file.version
    const etag = `"${file.version}"`
    const headers = {
      'content-type': file.contentType,
      'cache-control': isCurrent ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag,
    }
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
    return new Response(file.bytes, { headers })
  }
}

/**
 * The library and its extension for event streams as one file. As two, the library starts in a pause between them, does
 * not see the extension, and the page never listens.
 */
function htmxWithEvents(): StaticFile {
  const names = ['htmx.org/dist/htmx.min.js', 'htmx.org/dist/ext/hx-sse.min.js']
  const scripts = names.map((name) => readFileSync(new URL(import.meta.resolve(name)), 'utf8'))
  return asFile(new TextEncoder().encode(scripts.join('\n;\n')), '.js')
}

function catalogImages(): [string, StaticFile][] {
  const folder = new URL('catalog/', publicFolder)
  return listFolder(folder)
    .filter((name) => /^[a-z0-9][a-z0-9._-]*\.(?:svg|png|jpg|webp)$/.test(name))
    .map((name) => [`catalog/${name}`, read(new URL(name, folder))])
}

function listFolder(folder: URL): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Images are optional: a product without one shows a placeholder.
    return []
  }
}

function read(url: URL): StaticFile {
  return asFile(new Uint8Array(readFileSync(url)), extname(url.pathname))
}

function asFile(bytes: Uint8Array<ArrayBuffer>, extension: string): StaticFile {
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  return { bytes, version, contentType: contentTypes[extension] ?? 'application/octet-stream' }
}
