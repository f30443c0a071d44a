import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createTestHub } from '@alkdev/spoke/testing'
import type { TestHub } from '@alkdev/spoke/testing'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { Row } from './row.ts'

const SEQUENTIAL = 2000
const CONCURRENT = 10_000
const IN_FLIGHT = 64
const ROUNDS = 5
const input = { text: 'a small echo' }

type Call = () => Promise<unknown>

interface Measured {
  readonly p50Us: number
  readonly perSecond: number
}

async function sequential(call: Call): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < SEQUENTIAL; n++) {
    const startedAt = performance.now()
    await call()
    times.push(performance.now() - startedAt)
  }
  return (times.toSorted((a, b) => a - b)[SEQUENTIAL >> 1] ?? 0) * 1000
}

async function concurrent(call: Call): Promise<number> {
  let left = CONCURRENT
  const startedAt = performance.now()
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return (CONCURRENT * 1000) / (performance.now() - startedAt)
}

/** Peers take turns, so that what else the machine does meets all of them; the best of the rounds after one that warms up. */
async function measureInTurn(calls: readonly Call[]): Promise<Measured[]> {
  const best = calls.map(() => ({ p50Us: Infinity, perSecond: 0 }))
  for (let round = 0; round <= ROUNDS; round++)
    for (const [index, call] of calls.entries()) {
      const [p50Us, perSecond] = [await sequential(call), await concurrent(call)]
      const known = best[index]
      if (round === 0 || !known) continue
      known.p50Us = Math.min(known.p50Us, p50Us)
      known.perSecond = Math.max(known.perSecond, perSecond)
    }
  return best
}

/** Lets a socket into the in-memory hub: what is measured is the spoke's side and the way to it. */
function admit(hub: TestHub, socket: WebSocket): void {
  hub.accept('bench', (events) => {
    socket.on('message', (data: Buffer) => events.onText(data.toString()))
    socket.on('pong', () => events.onConfirmed())
    socket.on('close', (code, reason) => events.onEnd({ code, reason: reason.toString() }))
    return {
      get bufferedBytes() {
        return socket.bufferedAmount
      },
      send: (text) => (socket.send(text), true),
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    }
  })
}

/** Request and reply over a bare socket with the same JSON work: the floor. */
function bareCalls(socket: WebSocket): Call {
  const waiting = new Map<number, (output: unknown) => void>()
  let last = 0
  socket.on('message', (data: Buffer) => {
    const { id, output } = JSON.parse(data.toString()) as { id: number; output: unknown }
    waiting.get(id)?.(output)
    waiting.delete(id)
  })
  return () => {
    const id = (last += 1)
    const answer = new Promise((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ id, input }))
    return answer
  }
}

interface Peer extends AsyncDisposable {
  readonly hub: TestHub
  readonly socket: WebSocket
}

/** Starts the other process and waits until it is attached. */
async function startPeer(mode: 'bare' | 'main' | 'worker'): Promise<Peer> {
  await using stack = new AsyncDisposableStack()
  const hub = stack.use(createTestHub())
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  stack.defer(() => new Promise((resolve) => server.close(() => resolve())))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const file = fileURLToPath(new URL('spoke-peer.ts', import.meta.url))
  const child = spawn(process.execPath, [file, `ws://127.0.0.1:${port}/ws`, mode], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  stack.defer(async () => {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  })
  const [socket] = (await once(server, 'connection')) as [WebSocket]
  if (mode !== 'bare') {
    admit(hub, socket)
    while (hub.spokes.length === 0) await new Promise(setImmediate)
  }
  const owned = stack.move()
  return { hub, socket, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

interface Facts {
  readonly attachMs: number
  readonly rssBytes: number
}

/** What the spoke library costs on a call, and what its socket costs in a thread of its own. */
export async function run(): Promise<Row[]> {
  await using bare = await startPeer('bare')
  await using main = await startPeer('main')
  await using worker = await startPeer('worker')
  const mainFacts = await main.hub.call<Facts>('self.facts')
  const workerFacts = await worker.hub.call<Facts>('self.facts')
  const [floor, onMain, inThread] = await measureInTurn([
    bareCalls(bare.socket),
    () => main.hub.call('echo.say', input),
    () => worker.hub.call('echo.say', input),
  ])
  if (!floor || !onMain || !inThread) throw new Error('a peer was not measured')
  const compared = (name: string, unit: string, value: number, reference: number): Row => ({
    name,
    unit,
    value: Math.round(value * 10) / 10,
    reference: Math.round(reference * 10) / 10,
    ratio: value / reference,
  })
  const mebibyte = 1024 * 1024
  return [
    compared('spoke, main thread, p50 (bare ws)', 'us', onMain.p50Us, floor.p50Us),
    compared('spoke, socket in a thread, p50 (main thread)', 'us', inThread.p50Us, onMain.p50Us),
    compared('spoke, main thread, 64 in flight (bare ws)', '/s', onMain.perSecond, floor.perSecond),
    compared(
      'spoke, socket in a thread, 64 in flight (main thread)',
      '/s',
      inThread.perSecond,
      onMain.perSecond,
    ),
    compared(
      'spoke, socket in a thread, first attach (main thread)',
      'ms',
      workerFacts.attachMs,
      mainFacts.attachMs,
    ),
    compared(
      'spoke, socket in a thread, resident memory (main thread)',
      'MiB',
      workerFacts.rssBytes / mebibyte,
      mainFacts.rssBytes / mebibyte,
    ),
  ]
}
