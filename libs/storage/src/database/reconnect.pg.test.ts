import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createTestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { openDatabase } from './open-database.ts'

/** A proxy to PostgreSQL that can be cut. */
class Way implements AsyncDisposable {
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0

  constructor(url: string) {
    this.#target = new URL(url)
  }

  get url(): string {
    const url = new URL(this.#target)
    url.host = `127.0.0.1:${this.#port}`
    return url.href
  }

  async open(): Promise<void> {
    const { hostname, port } = this.#target
    this.#server = createServer((socket) => {
      const server = connect(Number(port), hostname)
      for (const [one, other] of [
        [socket, server],
        [server, socket],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
        one.pipe(other)
      }
    }).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async cut(): Promise<void> {
    const closed = this.#server && once(this.#server, 'close')
    this.#server?.close()
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cut()
  }
}

// D1. With the driver's own back-off the tenth attempt would come after minutes, and this test would time out.
test('after many attempts that failed, statements continue when PostgreSQL is back', async () => {
  await using postgres = await createTestDatabase()
  await using way = new Way(postgres.url)
  await way.open()
  await using database = await openDatabase(way.url, { max: 2 })
  await way.cut()
  for (let at = 0; at < 10; at += 1)
    await expect(database.db.execute(sql`select 1`)).rejects.toHaveProperty('cause')
  await way.open()
  const answers = await Promise.allSettled(
    Array.from({ length: 20 }, () => database.db.execute(sql`select 1 as n`)),
  )
  // One statement may still get the result of an attempt that failed during the cut.
  expect(answers.filter(({ status }) => status === 'rejected').length).toBeLessThanOrEqual(2)
  expect(await database.db.execute(sql`select 2 as n`)).toEqual([{ n: 2 }])
}, 30_000)
