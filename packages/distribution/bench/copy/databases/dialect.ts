import type { Place } from './place.ts'

/** In what the tables and the generator differ between databases; everything else is one text. */
export interface Dialect {
  readonly key: string
  readonly moment: string
  /** Whole numbers from one to the other, as a table with the column `i`. */
  readonly series: (from: number, to: number) => string
  /** An expression of text as a moment. */
  readonly asMoment: (expression: string) => string
  /** What a table's statistics need after a bulk load. */
  readonly analyze: (table: string) => string
}

const dialects: Readonly<Record<Place['database'], Dialect>> = {
  mariadb: {
    key: 'bigint unsigned not null auto_increment primary key',
    moment: 'datetime',
    series: (from, to) => `(select cast(seq as signed) as i from seq_${from}_to_${to})`,
    asMoment: (expression) => expression,
    analyze: (table) => `analyze table ${table}`,
  },
  postgres: {
    key: 'bigserial primary key',
    moment: 'timestamp(0)',
    series: (from, to) => `(select i from generate_series(${from}::bigint, ${to}::bigint) as numbers (i))`,
    asMoment: (expression) => `cast(${expression} as timestamp)`,
    analyze: (table) => `vacuum analyze ${table}`,
  },
  sqlite: {
    key: 'integer primary key autoincrement',
    moment: 'text',
    series: (from, to) =>
      `(with recursive numbers (i) as (select ${from} union all select i + 1 from numbers where i < ${to}) select i from numbers)`,
    asMoment: (expression) => expression,
    // The application runs without statistics there, so everyone does.
    analyze: () => 'select 1',
  },
}

export function dialectOf(place: Place): Dialect {
  return dialects[place.database]
}
