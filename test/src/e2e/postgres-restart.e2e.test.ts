import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startPostgres } from '@alkdev/cli/local-servers'
import { sleep } from '@alkdev/std'
import { migrate } from '@alkdev/storage'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyPostgresHome } from '../copied-postgres.ts'
import { ask, callTool } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import { startProcessHub } from '../process-hub.ts'
import type { ProcessHub } from '../process-hub.ts'
import { specOf } from './broker-spoke.ts'

// D1: after a restart of PostgreSQL the hub's calls hung for up to 19 s, by the driver's own back-off.

type Server = Awaited<ReturnType<typeof startPostgres>>

/** Longer than any wait of the hub for one call. */
const UNANSWERED_MS = 60_000
/** After this many failures in a row the driver's own back-off waits for 20 s. */
const FAILURES_OF_CONTROL = 7
const WORKERS_PER_KIND = 2
const CALLS_AFTERWARDS = 10

const stack = new AsyncDisposableStack()
let home: string
let port: number
let server: Server
let hub: ProcessHub
let spokes = 0

const startServer = (): Promise<Server> =>
  startPostgres({ keepIn: () => Promise.resolve(home), port })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'alkhub-restart-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  port = await freePort()
  const isMigrated = await copyPostgresHome(home)
  server = await startServer()
  stack.defer(() => server[Symbol.asyncDispose]())
  if (!isMigrated) await migrate(server.url)
  hub = stack.use(await startProcessHub({ postgresUrl: server.url }))
}, 240_000)
afterAll(() => stack.disposeAsync())

/** One call by each of the ways into the hub. Gives `ok`, or the code that it was refused with. */
const kinds: Readonly<Record<string, (signal: AbortSignal) => Promise<string>>> = {
  gateway: (signal) => operation('keys.list', signal),
  coordinator: (signal) => operation('projects.list', signal),
  broker: () => registration(),
  async inference(signal) {
    const { status, body } = await ask(hub, 'GET', '/v1/models', { key: hub.admin.key, signal })
    return status === 200 ? 'ok' : String(body.error?.code).toUpperCase()
  },
  async mcp(signal) {
    const answer = await callTool(hub, hub.admin, { operationId: 'projects.list' }, signal)
    return answer.isError ? String(answer.data.code) : 'ok'
  },
}

async function operation(operationId: string, signal: AbortSignal): Promise<string> {
  const { status, body } = await ask(hub, 'POST', `/api/operations/${operationId}`, {
    key: hub.admin.key,
    body: {},
    signal,
  })
  return status === 200 ? 'ok' : String(body.code)
}

async function registration(): Promise<string> {
  let socket: PlainSocket
  try {
    socket = await PlainSocket.open(hub.broker, hub.admin.key)
  } catch (error) {
    return (error as Error).message === 'status 503' ? 'UNAVAILABLE' : String(error)
  }
  await using opened = socket
  const answer = await register(opened, `restart-${(spokes += 1)}`, [specOf('work')])
  return answer.type === 'call.responded' ? 'ok' : String(answer.payload.code)
}

/** `unanswered` after a minute, or what broke. */
async function attempt(kind: string): Promise<string> {
  const signal = AbortSignal.timeout(UNANSWERED_MS)
  try {
    return (await kinds[kind]?.(signal)) ?? 'no such kind'
  } catch (error) {
    return signal.aborted ? 'unanswered' : String(error)
  }
}

const names = Object.keys(kinds)
const refusals = /^(ok|UNAVAILABLE|PROVIDER_UNAVAILABLE|OVERLOADED)$/

test('after PostgreSQL was killed under load, every call has ended, and calls continue before the back-off of its driver would let them', async () => {
  expect(await Promise.all(names.map(attempt))).toEqual(names.map(() => 'ok'))
  const ends = Object.fromEntries(names.map((kind) => [kind, [] as string[]]))
  const stop = new AbortController()
  const workers = names.flatMap((kind) =>
    Array.from({ length: WORKERS_PER_KIND }, async () => {
      while (!stop.signal.aborted) {
        ends[kind]?.push(await attempt(kind))
        await sleep(20)
      }
    }),
  )
  const control = postgres(server.url, { max: 1, onnotice: () => {} })
  stack.defer(() => control.end({ timeout: 0 }))
  expect(await control`select 1 as n`).toEqual([{ n: 1 }])

  server.process.child.kill('SIGKILL')
  await server.process.abandon()
  for (let at = 0; at < FAILURES_OF_CONTROL; at += 1)
    await expect(Promise.resolve(control`select 1`)).rejects.toHaveProperty('code')
  // Each kind has met the outage.
  for (const kind of names)
    await expect
      .poll(() => ends[kind]?.some((end) => end !== 'ok'), { timeout: UNANSWERED_MS })
      .toBe(true)
  let isControlBack = false
  const controlBack = control`select 1`.then(
    () => (isControlBack = true),
    () => undefined,
  )
  server = await startServer()
  await Promise.all(
    names.map(async (kind) => {
      while ((await attempt(kind)) !== 'ok') await sleep(20)
    }),
  )
  expect(isControlBack).toBe(false)

  // From now on none fails.
  const afterwards = await Promise.all(
    names.map(async (kind) => {
      const results = new Set<string>()
      for (let at = 0; at < CALLS_AFTERWARDS; at += 1) results.add(await attempt(kind))
      return [kind, ...results]
    }),
  )
  expect(afterwards).toEqual(names.map((kind) => [kind, 'ok']))
  stop.abort()
  await Promise.all(workers)
  const strange = Object.values(ends)
    .flat()
    .filter((end) => !refusals.test(end))
  expect(strange).toEqual([])
  for (const { machine } of Object.values(hub.services)) expect(machine.running).toBe(true)
  await controlBack
}, 240_000)
