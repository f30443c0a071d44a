import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import type { ReservedSql, Sql } from 'postgres'

// Run as a separate process by driver-death.pg.test.ts, because the faults that it detects end the process or make it hang:
//   node driver-death-cases.ts <case> <url>
// Prints what happened as one line of JSON.

const [name = '', url = ''] = process.argv.slice(2)
const HUNG_MS = 20_000
/** Of the storm: kills, and answers before each of them. */
const ROUNDS = 40
const ANSWERS_OF_ROUND = 20
const open = (max: number): Sql => postgres(url, { max, onnotice: () => {} })
const admin = open(1)

/** `ok`, the code of the error, or `hung` after a time that no busy machine needs. */
async function outcome(work: PromiseLike<unknown>): Promise<string> {
  const settled = Promise.resolve(work).then(
    () => 'ok',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )
  return Promise.race([settled, wait(HUNG_MS, 'hung')])
}

const pidOf = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  return row?.pid ?? 0
}
const kill = (pid: number) => admin`select pg_terminate_backend(${pid})`
const killAll = async (application: string): Promise<number[]> => {
  const killed = await admin<{ pid: number }[]>`
    select pid, pg_terminate_backend(pid) from pg_stat_activity where application_name = ${application}`
  return killed.map(({ pid }) => pid)
}
/** A backend that gets the signal ends when it gets a processor. */
async function untilEnded(pids: readonly number[]): Promise<void> {
  for (;;) {
    const left =
      await admin`select pid from pg_stat_activity where pid = any(${[...pids]}::integer[])`
    if (left.length === 0) return
    await wait(10)
  }
}
const several = async (sql: Sql): Promise<string[]> => {
  const outcomes: string[] = []
  for (let n = 0; n < 5; n += 1) outcomes.push(await outcome(sql`select ${n}::integer`))
  return outcomes
}

/** A way to the database that can be closed and opened again at the same address. */
async function startRelay() {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const other = connect(Number(target.port), target.hostname)
    for (const one of [socket, other]) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => sockets.delete(one))
    }
    socket.pipe(other).pipe(socket)
  })
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const relayed = new URL(url)
  relayed.host = `127.0.0.1:${port}`
  return {
    url: relayed.href,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    open: () => listen(port),
  }
}

const cases: Record<string, () => Promise<unknown>> = {
  async reserved() {
    const sql = open(1)
    const reserved = await sql.reserve()
    await kill(await pidOf(reserved))
    await wait(50)
    const late = [await outcome(reserved`select 1`), await outcome(reserved`select 2`)]
    reserved.release()
    return { late, pool: await several(sql) }
  },

  async reservedInFlight() {
    const sql = open(1)
    const reserved = await sql.reserve()
    const pid = await pidOf(reserved)
    const running = [1, 2, 3].map((n) => outcome(reserved`select pg_sleep(5), ${n}::integer`))
    await wait(50)
    await kill(pid)
    const outcomes = await Promise.all(running)
    reserved.release()
    return {
      hung: outcomes.filter((one) => one === 'hung' || one === 'ok'),
      pool: await several(sql),
    }
  },

  async refusedReservations() {
    const relay = await startRelay()
    const sql = postgres(relay.url, { max: 3, backoff: () => 0.02, onnotice: () => {} })
    await sql`select 1`
    await relay.close()
    // Until the driver has noticed it.
    while ((await outcome(sql`select 1`)) === 'ok') await wait(10)
    const refused = await Promise.all(Array.from({ length: 9 }, () => outcome(sql.reserve())))
    await relay.open()
    const held: ReservedSql[] = []
    const reserving = [1, 2, 3].map(() => sql.reserve().then((one) => void held.push(one)))
    const reserved = await Promise.all(reserving.map(outcome))
    const answered = await Promise.all(held.map((one) => outcome(one`select 1`)))
    for (const one of held) one.release()
    return { refused: [...new Set(refused)], reserved, answered, pool: await several(sql) }
  },

  async refusedParameter() {
    const sql = open(1)
    const cannotBeSent = {
      toString(): string {
        throw new Error('no text')
      },
    }
    const numbered = (n: unknown) => sql<{ n: number }[]>`select ${n as number}::integer as n`
    // Then the driver knows the types of its parameters.
    await numbered(0)
    const queries = [
      sql<{ n: number }[]>`select 1 as n, pg_sleep(0.1)::text`,
      sql<{ n: number }[]>`select ${undefined as never}::integer as n`,
      numbered(3),
      numbered(cannotBeSent),
      numbered(5),
    ]
    const answers = queries.map(async (query) => {
      const end = await outcome(query)
      return end === 'ok' ? (await query)[0]?.n : end
    })
    return { answers: await Promise.all(answers), pool: await several(sql) }
  },

  async fullTransaction() {
    // The types of the driver do not have this option. With 0 each connection is full after its first statement.
    const sql = postgres(url, { max: 2, onnotice: () => {}, ...{ max_pipeline: 0 } })
    const result = await outcome(sql.begin((tx) => tx`select 1`))
    const left = await admin`
      select pid from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()`
    return { result, left: left.length, pool: await several(sql) }
  },

  async afterTheEnd() {
    await admin`create table t (n integer)`
    const sql = open(1)
    const late: Promise<string>[] = []
    const result = await outcome(
      sql.begin(async (tx) => {
        const goesOn = async (): Promise<void> => {
          await tx`insert into t values (1)`
          const following = outcome(tx`insert into t values (2)`)
          late.push(following)
          await following
        }
        await Promise.all([goesOn(), Promise.reject(new Error('the other half fails'))])
      }),
    )
    await wait(100)
    return {
      result,
      late: await Promise.all(late),
      rows: await admin`select n from t`,
      pool: await several(sql),
    }
  },

  async beginGoesOn() {
    await admin`create table t (n integer)`
    const sql = open(1)
    const transaction = outcome(
      sql.begin(async (tx) => {
        const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
        await kill(row?.pid ?? 0)
        await wait(50)
        // The pool has a new connection by now; the body still holds the old handle.
        await outcome(sql`select 1`)
        await tx`insert into t values (1)`
      }),
    )
    const result = await transaction
    await wait(100)
    return { result, rows: await admin`select n from t`, pool: await several(sql) }
  },

  async otherTransaction() {
    await admin`create table t (n integer)`
    const sql = open(1)
    const died = Promise.withResolvers<void>()
    const halfway = Promise.withResolvers<void>()
    const rolledBack = Promise.withResolvers<void>()
    const first = outcome(
      sql.begin(async (tx) => {
        const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
        await kill(row?.pid ?? 0)
        await wait(50)
        died.resolve()
        await halfway.promise
        setTimeout(rolledBack.resolve, 100)
        throw new Error('the body fails')
      }),
    )
    await died.promise
    const second = outcome(
      sql.begin(async (tx) => {
        await tx`insert into t values (1)`
        halfway.resolve()
        await rolledBack.promise
        await tx`insert into t values (2)`
      }),
    )
    const result = [await first, await second]
    return { result, rows: await admin`select n from t order by n`, pool: await several(sql) }
  },

  async queriesAroundTheClose() {
    const sql = open(1)
    let hung = 0
    let failed = 0
    for (let round = 0; round < 20; round += 1) {
      const pid = await pidOf(sql)
      await kill(pid)
      // One query in each turn of the event loop, so that one of them meets the close.
      const outcomes: Promise<string>[] = []
      for (let turn = 0; turn < 40; turn += 1) {
        outcomes.push(outcome(sql`select ${turn}::integer`))
        await new Promise(setImmediate)
      }
      const settled = await Promise.all(outcomes)
      hung += settled.filter((one) => one === 'hung').length
      await untilEnded([pid])
      await wait(20)
      failed += (await several(sql)).filter((one) => one !== 'ok').length
      if (hung + failed > 0) break
    }
    return { hung, failed }
  },

  async storm() {
    const sql = postgres(url, {
      max: 4,
      onnotice: () => {},
      connection: { application_name: 'storm' },
    })
    const seen = { answers: 0, errors: 0, isOver: false }
    const loop = async (): Promise<string> => {
      while (!seen.isOver) {
        const result = await outcome(
          seen.answers % 3 === 0
            ? sql.begin((tx) => tx`select ${seen.answers}::integer`)
            : sql`select ${seen.answers}::integer`,
        )
        if (result === 'hung') {
          seen.isOver = true
          return 'hung'
        }
        if (result === 'ok') seen.answers += 1
        else seen.errors += 1
      }
      return 'done'
    }
    const loops = Array.from({ length: 8 }, loop)
    let rounds = 0
    let killed: number[] = []
    for (; rounds < ROUNDS && !seen.isOver; rounds += 1) {
      // The connections work again, and statements are in flight on all of them.
      const enough = seen.answers + ANSWERS_OF_ROUND
      while (seen.answers < enough && !seen.isOver) await wait(1)
      killed = await killAll('storm')
    }
    seen.isOver = true
    const ended = await Promise.all(loops)
    await untilEnded(killed)
    await wait(100)
    return { ended, rounds, met: seen.errors > 0, pool: await several(sql) }
  },

  async listen() {
    const sql = postgres(url, {
      max: 1,
      onnotice: () => {},
      connection: { application_name: 'ear' },
    })
    const received: string[] = []
    await sql.listen('news', (text) => void received.push(text))
    await killAll('ear')
    for (let n = 0; n < 40 && received.length === 0; n += 1) {
      await wait(50)
      await admin`select pg_notify('news', 'still here')`
    }
    return { received: received[0] }
  },
}

process.on('uncaughtException', (error) => {
  process.stdout.write(`${JSON.stringify({ crashed: error.message })}\n`)
  process.exit(0)
})
const result = await cases[name]?.()
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
