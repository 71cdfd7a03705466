/** Between which databases is copied. */
export interface Lane {
  readonly key: LaneKey
  readonly title: string
  readonly source: 'mariadb' | 'postgres' | 'sqlite'
}

export const laneKeys = ['mariadb', 'two-servers', 'postgres', 'sqlite'] as const
export type LaneKey = (typeof laneKeys)[number]

export const lanes: readonly Lane[] = [
  { key: 'mariadb', title: 'MariaDB, one server', source: 'mariadb' },
  { key: 'two-servers', title: 'MariaDB, two servers', source: 'mariadb' },
  { key: 'postgres', title: 'PostgreSQL', source: 'postgres' },
  { key: 'sqlite', title: 'SQLite, file to file', source: 'sqlite' },
]
