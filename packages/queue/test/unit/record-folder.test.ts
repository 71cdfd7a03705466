import assert from 'node:assert/strict'
import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorText } from '../../src/commands/error-text.ts'
import { RecordFolder } from '../../src/supervisor/record-folder.ts'
import { RecordFolderError } from '../../src/supervisor/record-folder-error.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const user = process.getuid?.()
const stranger = 12_345

test('a folder of another user is refused with its owner and the next step', { skip: user === undefined }, () => {
  using folder = temporaryFolder()
  const foreign = user === 0 ? folder.path : '/'
  if (user === 0) chownSync(foreign, stranger, stranger)

  const { es, en } = refusalOf(foreign)

  const owner = user === 0 ? stranger : 0
  assert.ok(en.includes(`${foreign} belongs to another user (uid ${owner}; this process runs as ${user}). Run as that`))
  assert.ok(en.endsWith(`: chown -R ${user} ${foreign}`))
  assert.ok(
    es.includes(`es de otro usuario (uid ${owner}; este proceso corre como ${user}). Ejecute la orden como ese`),
  )
  assert.ok(es.endsWith(`: chown -R ${user} ${foreign}`))
})

test('a folder that cannot be made is refused with the next step', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'file')
  writeFileSync(file, '')

  const { es, en } = refusalOf(join(file, 'records'))

  assert.match(en, /file\/records cannot be made\. Allow this user to write where it should be/)
  assert.match(es, /file\/records, [^.]*, no se puede crear\. Dé permiso de escritura donde debe estar/)
})

function refusalOf(path: string) {
  try {
    new RecordFolder(path)
  } catch (error) {
    if (error instanceof RecordFolderError) return errorText(error)
    throw error
  }
  assert.fail('It was taken.')
}
