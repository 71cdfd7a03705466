import { connect, type Socket } from 'node:net'
import type { PoolConnection, PrepareStatementInfo, QueryError } from 'mysql2'
import type { BulkParameters } from './bulk-encoder.ts'

/**
 * MariaDB's own way to execute one statement for many rows, which `mysql2` does not have (docs/decisions/mysql-client.md): the
 * client says in its answer to the server's greeting that it may come, and then sends the rows of a prepared statement as one
 * command. https://mariadb.com/kb/en/com_stmt_bulk_execute/
 */

/** Sockets over which a server was told. */
const told = new WeakSet<object>()

/** Connects, and tells the server about it if it is a MariaDB that asks what the client can do. */
export function connectForBulk(port: number, host: string): Socket {
  const socket = connect(port, host)
  socket.setNoDelay(true)
  socket.once('connect', () => socket.setKeepAlive(true, keepAliveMs))
  const { write } = socket
  // The server speaks first; what the client says first is its answer.
  socket.write = (answer: unknown, ...rest: unknown[]) => {
    socket.write = write
    if (Buffer.isBuffer(answer) && isAddressedToMariadb(answer)) {
      answer.writeUInt32LE(answer.readUInt32LE(extensionsAt) | bulkExtension, extensionsAt)
      told.add(socket)
    }
    return Reflect.apply(write, socket, [answer, ...rest])
  }
  return socket
}

const keepAliveMs = 60_000
/** In the answer: after its header, flags, largest packet, character set and reserved bytes. */
const extensionsAt = 4 + 4 + 4 + 1 + 19
const bulkExtension = 1 << 2

/** The client names extensions only to a server that has offered some, as MariaDB does since 10.5. */
function isAddressedToMariadb(answer: Buffer): boolean {
  return answer.length >= extensionsAt + 4 && answer.readUInt32LE(extensionsAt) !== 0
}

/** The server has offered it, and was told that the client will use it. */
export function speaksBulk(connection: PoolConnection): boolean {
  const { stream, _handshakePacket: greeting } = protocolOf(connection)
  return told.has(stream) && ((greeting?.mariadbExtendedCapabilityFlags ?? 0) & bulkExtension) !== 0
}

/** The connection takes no bulk: the rows are to be written otherwise. */
export class BulkRefusedError extends Error {
  constructor() {
    super('The server does not take rows in bulk.')
    this.name = 'BulkRefusedError'
  }
}

export interface Bulk {
  readonly sql: string
  readonly rows: BulkParameters
  /** In milliseconds; then the caller is told that the server is silent. */
  readonly timeout: number
  readonly listen: (error: QueryError | BulkRefusedError | null, result: unknown) => void
}

/** Answers as a query does: when a row is refused none of these is written. */
export function executeBulk(connection: PoolConnection, { sql, rows, timeout, listen }: Bulk): void {
  if (!speaksBulk(connection)) {
    listen(new BulkRefusedError(), undefined)
    return
  }
  let isHeard = false
  const answer: Bulk['listen'] = (error, result) => {
    if (isHeard) return
    isHeard = true
    clearTimeout(silence)
    listen(error, result)
  }
  const silence = setTimeout(() => answer(silenceError(), undefined), timeout)
  connection.prepare(sql, (error, statement) => {
    if (error) answer(error, undefined)
    else protocolOf(connection).addCommand(new BulkCommand(rows.packetFor(idOf(statement)), answer))
  })
}

function silenceError(): QueryError {
  // As the client names it.
  return Object.assign(new Error('Query inactivity timeout'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT', fatal: false })
}

function idOf(statement: PrepareStatementInfo): number {
  return (statement as unknown as { readonly id: number }).id
}

/** A command as `mysql2` runs them one after the other. */
class BulkCommand {
  readonly #packet: Buffer
  readonly onResult: Bulk['listen']

  constructor(packet: Buffer, onResult: Bulk['listen']) {
    this.#packet = packet
    this.onResult = onResult
  }

  /** Called first without a packet, then with the server's answer; true when there is nothing more to come. */
  execute(answer: AnswerPacket | undefined, protocol: Protocol): boolean {
    if (answer === undefined) {
      protocol._resetSequenceId()
      protocol.writePacket(packetOf(this.#packet))
      return false
    }
    if (answer.isError()) this.onResult(answer.asError(protocol.clientEncoding), undefined)
    else this.onResult(null, resultOf(answer))
    return true
  }
}

function packetOf(buffer: Buffer): CommandPacket {
  const length = buffer.length - 4
  return {
    buffer,
    length: () => length,
    writeHeader: (sequenceId) => {
      buffer.writeUIntLE(length, 0, 3)
      buffer.writeUInt8(sequenceId, 3)
    },
  }
}

function resultOf(answer: AnswerPacket) {
  // It begins with the mark of success.
  answer.skip(1)
  return { affectedRows: answer.readLengthCodedNumber(), insertId: 0 }
}

// What `mysql2` has of this and its types do not tell; its version is pinned, and tests run it on the real server.

interface Protocol {
  readonly stream: object
  readonly _handshakePacket: { readonly mariadbExtendedCapabilityFlags?: number } | null
  readonly clientEncoding: string
  addCommand(command: BulkCommand): void
  writePacket(packet: CommandPacket): void
  _resetSequenceId(): void
}

interface CommandPacket {
  readonly buffer: Buffer
  length(): number
  writeHeader(sequenceId: number): void
}

interface AnswerPacket {
  isError(): boolean
  asError(encoding: string): QueryError
  skip(bytes: number): void
  readLengthCodedNumber(): number
}

function protocolOf(connection: PoolConnection): Protocol {
  return connection as unknown as Protocol
}
