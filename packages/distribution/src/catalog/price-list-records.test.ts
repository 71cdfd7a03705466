import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRecords } from './price-list-records.ts'

const format = { delimiter: ';', width: 3 }

/** Line numbers and cells; `bad` stands for a refused line. */
function read(text: string, chosen = format): readonly (readonly [number, readonly string[] | 'bad'])[] {
  return [...readRecords(text.split('\n'), chosen, 0)].map((record) => [
    record.line,
    'fields' in record ? record.fields : 'bad',
  ])
}

test('cells are trimmed, quoted cells keep separators and doubled quotes', () => {
  assert.deepEqual(read('1 ; Arroz ;5\n2;"Sal; fina";6\n3;"""TOMATE 6-7"""" KG""";7'), [
    [1, ['1', 'Arroz', '5']],
    [2, ['2', 'Sal; fina', '6']],
    [3, ['3', '"TOMATE 6-7"" KG"', '7']],
  ])
})

test('a quote inside a bare cell is an inch mark', () => {
  assert.deepEqual(read('1;TUBO 1/2" X 3 M;5\n2;"CODO 1/2"" PVC";6'), [
    [1, ['1', 'TUBO 1/2" X 3 M', '5']],
    [2, ['2', 'CODO 1/2" PVC', '6']],
  ])
})

test('blank lines and lines of empty cells are no records, and the numbers go on', () => {
  assert.deepEqual(read('\n1;a;5\n;;\n  \n2;b;6\n'), [
    [2, ['1', 'a', '5']],
    [5, ['2', 'b', '6']],
  ])
})

test('a record may span ten lines while its quotes are open', () => {
  const ten = `1;"${Array.from({ length: 10 }, (_, index) => `l${index}`).join('\n')}";5`

  assert.deepEqual(read(`${ten}\n2;b;6`), [
    [1, ['1', 'l0\nl1\nl2\nl3\nl4\nl5\nl6\nl7\nl8\nl9', '5']],
    [11, ['2', 'b', '6']],
  ])
})

test('a record of eleven lines is refused at its first line', () => {
  const eleven = `1;"${Array.from({ length: 11 }, (_, index) => `l${index}`).join('\n')}";5`

  assert.deepEqual(read(eleven)[0], [1, 'bad'])
})

for (const [what, next] of [
  ['plain records', '2;b;6\n3;c;7'],
  ['a quoted record', '2;"b";6\n3;c;7'],
  ['an inch mark', '2;TUBO 1/2";6\n3;c;7'],
  ['an inch mark further down', '2;b;6\n3;TUBO 1/2";7'],
] as const) {
  test(`a quote that is never closed costs its own line only, before ${what}`, () => {
    const [first, second, third] = read(`1;"a;5\n${next}`)

    assert.deepEqual(first, [1, 'bad'])
    assert.deepEqual([second?.[0], third?.[0]], [2, 3])
    assert.ok(second?.[1] !== 'bad' && third?.[1] !== 'bad')
  })
}

test('the first cell may span lines too', () => {
  assert.deepEqual(read('"a\nb";1;5\nc;2;6'), [
    [1, ['a\nb', '1', '5']],
    [3, ['c', '2', '6']],
  ])
})

test('a quote that closes on a later line to no whole record leaves that line to be read alone', () => {
  assert.deepEqual(read('1;"a;5\n2;b";6;x\n3;c;7'), [
    [1, 'bad'],
    [2, 'bad'],
    [3, ['3', 'c', '7']],
  ])
})

test('text behind a closing quote is refused', () => {
  assert.deepEqual(read('1;"a"b;5\n2;b;6'), [
    [1, 'bad'],
    [2, ['2', 'b', '6']],
  ])
})

test('a record with too few or too many cells is refused; empty ones at the end do no harm', () => {
  assert.deepEqual(read('1;a\n2;b;6;;\n3;c;7;x'), [
    [1, 'bad'],
    [2, ['2', 'b', '6', '', '']],
    [3, 'bad'],
  ])
})

test('tabs separate cells, and an empty first cell stays a cell', () => {
  assert.deepEqual(read('\t"a b"\t5', { delimiter: '\t', width: 3 }), [[1, ['', 'a b', '5']]])
})

test('whatever the cells hold, what is written with quotes is read back', () => {
  const cell = fc.string({ minLength: 1, maxLength: 20 }).map((text) => `x${text.replaceAll(/[\r\n]/g, ' ')}x`)

  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
      const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(';')).join('\n')

      assert.deepEqual(
        read(text).map(([, fields]) => fields),
        rows,
      )
    }),
  )
})

test('any damage to one line leaves the lines before and after it readable', () => {
  const junk = fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ' '))

  fc.assert(
    fc.property(junk, (line) => {
      const records = read(`1;a;5\n${line}\n2;b;6\n3;c;7`)

      assert.deepEqual(records[0], [1, ['1', 'a', '5']])
      assert.deepEqual(records.slice(-2), [
        [3, ['2', 'b', '6']],
        [4, ['3', 'c', '7']],
      ])
    }),
  )
})
