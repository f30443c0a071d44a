import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import postgres from 'postgres'
import type { Options, PostgresType, Sql } from 'postgres'

export interface FakePostgres extends AsyncDisposable {
  /** A client of the driver with one connection to the server. */
  readonly sql: Sql
}

/** For tests of the driver: a server whose connections are in the hands of the test, and a client of it. Disposing it stops both. */
export async function startFakePostgres(
  onConnection: (socket: Socket) => void,
  options: Options<Record<string, PostgresType>>,
): Promise<FakePostgres> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sql = postgres({
    host: '127.0.0.1',
    port,
    user: 'a',
    database: 'a',
    max: 1,
    ...options,
  })
  return {
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 1 })
      await server[Symbol.asyncDispose]()
    },
  }
}
