import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPriceList } from './price-list.ts'
import { MissingColumnsError, RepeatedColumnError } from './price-list-errors.ts'

function list(text: string) {
  return readPriceList(new TextEncoder().encode(text))
}

/** The sentence about the only line of a list. */
function problem(header: string, line: string): string {
  const { lines, badLines } = list(`${header}\n${line}\n`)
  assert.equal(lines.length, 0)
  assert.deepEqual(
    badLines.map((bad) => bad.line),
    [2],
  )
  return badLines[0]?.text.es ?? ''
}

const full = 'sku;nombre;precio;categoria;iva;marca;unidad;imagen;estado'

test('every column is read into its meaning', () => {
  const { lines, count } = list(`${full}\nA-1;Arroz;2.350,50;Granos;5%;Campo;Libra;img/arroz.png;1\n`)

  assert.equal(count, 1)
  assert.deepEqual(lines, [
    {
      line: 2,
      sku: 'A-1',
      name: 'Arroz',
      price: 2350.5,
      category: 'Granos',
      tax: 5,
      brand: 'Campo',
      unit: 'Libra',
      image: 'img/arroz.png',
      isActive: true,
    },
  ])
})

test('an empty cell and a missing column both state nothing', () => {
  const [empty] = list(`${full}\n1;Arroz;;;;;;;\n`).lines
  const [missing] = list('sku;nombre;precio\n1;Arroz;\n').lines

  assert.deepEqual(empty, missing)
  assert.equal(empty?.price, null)
})

for (const header of [
  'SKU;Nombre;Precio',
  'precio;código;DESCRIPCIÓN',
  'Costo,Detalle,Codigo',
  'producto\tcosto\tsku',
  '"sku","nombre","precio"',
  ' S K U ; nombre ; precio ;;',
  '\uFEFFsku;nombre;precio',
]) {
  test(`the header ${JSON.stringify(header)} is understood`, () => {
    const plain = header.toLowerCase().replaceAll(/[\s"\uFEFF]/g, (found) => (found === '\t' ? '\t' : ''))
    const cells = plain
      .split(/[;,\t]/)
      .map((name) => (/^prec|^cost/.test(name) ? '12' : `x${name}`.slice(0, name.length && 2)))
    const line = cells.join(header.includes('\t') ? '\t' : header.includes(',') ? ',' : ';')

    const [product] = list(`${header}\n${line}\n`).lines

    assert.equal(product?.price, 12)
    assert.match(product?.sku ?? '', /^x[sc]$/)
    assert.match(product?.name ?? '', /^x[ndp]$/)
  })
}

test('a list without a needed column names what it has and what is accepted', () => {
  assert.throws(
    () => list('ref;nombre;valor\n1;a;2\n'),
    (error) => {
      assert.ok(error instanceof MissingColumnsError)
      assert.deepEqual(error.found, ['ref', 'nombre', 'valor'])
      assert.match(
        error.text.es,
        /«ref», «nombre», «valor».*sku\|codigo.*nombre\|detalle\|descripcion\|producto.*precio\|costo/,
      )
      return true
    },
  )
})

test('two columns of one meaning are refused by name', () => {
  assert.throws(
    () => list('sku;nombre;Descripción;precio\n1;a;b;2\n'),
    (error) => {
      assert.ok(error instanceof RepeatedColumnError)
      assert.deepEqual(error.columns, ['nombre', 'Descripción'])
      return true
    },
  )
})

test('unknown columns are listed and do no harm', () => {
  const { ignoredColumns, lines } = list('sku;bodega;nombre;precio\n1;norte;Arroz;5\n')

  assert.deepEqual(ignoredColumns, ['bodega'])
  assert.equal(lines[0]?.name, 'Arroz')
})

test('line numbers are those of the file, over blank lines, other line ends and records of two lines', () => {
  const { lines, badLines } = list('sku;nombre;precio\r\n\r\n1;a;5\r2;"b\nb";6\r\n3;c;mil\r\n4;d;8')

  assert.deepEqual(
    lines.map(({ line, name }) => [line, name]),
    [
      [3, 'a'],
      [4, 'b b'],
      [7, 'd'],
    ],
  )
  assert.deepEqual(
    badLines.map(({ line }) => line),
    [6],
  )
})

test('the last good line of a SKU counts and all of its lines are reported', () => {
  const { lines, repeated, count } = list('sku;nombre;precio\n1;a;5\n2;b;6\n1;c;7\n1;d;8\n1;e;mal\n')

  assert.equal(count, 5)
  assert.deepEqual(
    lines.map(({ sku, name }) => [sku, name]),
    [
      ['2', 'b'],
      ['1', 'd'],
    ],
  )
  assert.deepEqual(repeated, [{ sku: '1', lines: [2, 4, 5], used: 5 }])
})

test('a line with a damaged byte is imported and reported with line, byte and name', () => {
  const { lines, damaged } = readPriceList(Buffer.from('sku;nombre;precio\n1;\xD1AME;2\n2;CAF\x90;5\n', 'latin1'))

  assert.deepEqual(
    lines.map(({ name }) => name),
    ['ÑAME', 'CAF\uFFFD'],
  )
  assert.deepEqual(damaged, [{ line: 3, bytes: ['0x90'], name: 'CAF\uFFFD' }])
})

for (const [column, value, expected] of [
  ['precio', '-5', /«-5»/],
  ['precio', 'NaN', /«NaN»/],
  ['precio', 'mil pesos', /«mil pesos»/],
  ['precio', '1000000000', /«1000000000»/],
  ['iva', '101', /«101»/],
  ['iva', '-1', /«-1»/],
  ['iva', 'exento', /«exento»/],
  ['iva', '0,19', /«0,19».*escriba 19\.$/],
  ['estado', 'quizás', /«quizás»/],
  ['imagen', 'http://tienda/a.png', /«http:\/\/tienda\/a.png»/],
  ['imagen', 'javascript:alert(1)', /imagen/],
  ['imagen', '//otro/a.png', /imagen/],
  ['imagen', '../../etc/passwd', /imagen/],
  ['imagen', 'https://yo:clave@sitio/a.png', /imagen/],
  ['imagen', 'x'.repeat(2049), /2049 caracteres y el máximo es 2048/],
  ['categoria', 'x'.repeat(256), /categoría.*256/],
  ['marca', 'a\u0007b', /marca.*«a·b»/],
] as const) {
  test(`${column} ${JSON.stringify(value.slice(0, 30))} is refused with the value in the sentence`, () => {
    const header = column === 'precio' ? 'sku;nombre;precio' : `sku;nombre;precio;${column}`
    const line = column === 'precio' ? `1;a;${value}` : `1;a;5;${value}`

    assert.match(problem(header, line), expected)
  })
}

for (const [line, expected] of [
  [';a;5', /Falta el SKU/],
  ['1;;5', /Falta el nombre/],
  [`${'9'.repeat(256)};a;5`, /SKU tiene 256/],
  [`1;${'a'.repeat(256)};5`, /nombre tiene 256/],
  ['1\u200B2;a;5', /«1·2»/],
  ['1\u00012;a;5', /«1·2»/],
  ['1\uFFFD2;a;5', /SKU/],
  ['4,00001E+08;a;5', /notación científica/],
  ['1;;x', /Falta el nombre.*«x»/],
] as const) {
  test(`the line ${JSON.stringify(line.slice(0, 20))} is refused`, () => {
    assert.match(problem('sku;nombre;precio', line), expected)
  })
}

for (const [value, expected] of [
  ['1', true],
  ['Activo', true],
  ['SÍ', true],
  ['0', false],
  ['INACTIVO', false],
  ['no', false],
] as const) {
  test(`the state ${value} means ${expected ? 'active' : 'inactive'}`, () => {
    assert.equal(list(`sku;nombre;precio;estado\n1;a;5;${value}\n`).lines[0]?.isActive, expected)
  })
}

for (const [value, percentage] of [
  ['19', 19],
  ['19%', 19],
  ['19 %', 19],
  ['5,0', 5],
  ['0', 0],
  ['100', 100],
] as const) {
  test(`the tax ${value} means ${percentage} percent`, () => {
    assert.equal(list(`sku;nombre;precio;iva\n1;a;5;${value}\n`).lines[0]?.tax, percentage)
  })
}

test('images may be relative paths, also of this server, or https addresses', () => {
  for (const image of ['a b.png', '/static/a.svg', 'https://sitio.co/a.png?x=1']) {
    assert.equal(list(`sku;nombre;precio;imagen\n1;a;5;${image}\n`).lines[0]?.image, image)
  }
})

test('a list of a million lines is the largest', () => {
  const line = '1;a;5\n'

  assert.throws(() => list(`sku;nombre;precio\n${line.repeat(1_000_001)}`), /more than 1,000,000 lines/)
})

test('letters written as letter and accent are the same as letters with an accent', () => {
  const [product] = list('sku;nombre;precio;categoria\n1;Cafe\u0301;5;La\u0301cteos\n').lines

  assert.deepEqual([product?.name, product?.category], ['Café', 'Lácteos'])
})
