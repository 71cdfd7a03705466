import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { scenarios } from '../chaos/scenarios.ts'
import { plantedBugs } from '../simulation/verbs/planted-bugs.ts'

const docs = resolve(import.meta.dirname, '../../../../docs')
const report = readFileSync(resolve(docs, 'reliability.md'), 'utf8')

test('every scenario has a row in docs/reliability.md', () => {
  const missing = scenarios.filter(({ id }) => !report.includes(`| ${id} |`))

  assert.deepEqual(
    missing.map(({ id }) => id),
    [],
  )
})

test('every guard that docs/reliability.md names can be taken out', () => {
  const named = [...report.matchAll(/`(R\w+) … notices a queue without ([^`]+)`/g)]
  const guards = new Set(scenarios.flatMap(({ id, guards }) => guards.map(({ name }) => `${id} ${name}`)))

  assert.ok(named.length >= 7)
  assert.deepEqual(
    named.map(([, id, name]) => `${id} ${name}`).filter((guard) => !guards.has(guard)),
    [],
  )
})

test('every bug that docs/reliability.md says the simulation finds is planted', () => {
  const [, names = ''] = /`simulation\.test\.ts`: (.*) \|/.exec(report) ?? []
  const named = [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
  const planted = plantedBugs.map(({ name }) => name)

  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter((name) => !planted.includes(String(name))),
    [],
  )
})

test('every file that docs/decisions/faults.md names is there', () => {
  const faults = readFileSync(resolve(docs, 'decisions/faults.md'), 'utf8')
  const names = [...faults.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, name]) => String(name))
  const folders = [
    'test',
    'test/integration',
    'test/unit',
    'test/contract',
    'test/integration/servers',
    'test/adapters',
  ]
  const places = [
    ...folders.map((folder) => `packages/queue/${folder}`),
    'packages/queue/test/integration/sqlite',
    'packages/distribution/src/copy',
    'packages/distribution/src/copy/pages',
    'packages/distribution/test/integration',
  ]
  const isThere = (name: string) => places.some((place) => existsSync(resolve(docs, '..', place, name)))

  assert.ok(names.length > 20)
  assert.deepEqual(
    names.filter((name) => !isThere(name)),
    [],
  )
})
