import { HubConnection } from '@alkdev/spoke'
import type { CodedError } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import type { Random } from './random.ts'
import { inputOf } from './tally.ts'
import type { Kind, Tally } from './tally.ts'
import { watchedSocket } from './watched-socket.ts'

/** Milliseconds that each call is given. */
const DEADLINE_MS = 8000
/** Beyond that a call counts as unanswered. */
const LOST_MS = 20_000

export interface LoadOptions {
  readonly hub: string
  readonly key: string
  readonly random: Random
  readonly tally: Tally
  /** No new calls once it is aborted. */
  readonly signal: AbortSignal
  /** Share of the callers over HTTP that leave before their answer is there; default 0.02. */
  readonly leave?: number
}

interface Question {
  readonly kind: Kind
  readonly n: number
  readonly ms: number
}

function question(random: Random): Question {
  const kind = random.pick<Kind>([
    [10, 'safe'],
    [8, 'once'],
    [1, 'build'],
    [1, 'items'],
    [1, 'large'],
  ])
  const ms = random.pick([
    [8, 0],
    [2, random.between(1, 20)],
    [1, random.between(50, 400)],
  ])
  return { kind, n: random.between(0, 1_000_000), ms }
}

/** One caller over HTTP, one call after the other. Some leave before the answer is there. */
export async function callOverHttp(options: LoadOptions): Promise<void> {
  const { random, tally, signal, leave = 0.02 } = options
  while (!signal.aborted) {
    const asked = question(random)
    const leavesAfterMs = random.next() < leave ? random.between(1, 100) : undefined
    tally.made += 1
    const from = performance.now()
    const { end, callId } = await ask(options, asked, leavesAfterMs)
    tally.add({ end, ms: performance.now() - from })
    if (callId !== undefined) tally.failed(end, callId)
    if (end !== 'ok') await sleep(5)
  }
}

interface Answered {
  readonly end: string
  readonly callId?: string | undefined
}

async function ask(
  { hub, key, tally }: LoadOptions,
  { kind, n, ms }: Question,
  leavesAfterMs: number | undefined,
): Promise<Answered> {
  try {
    const response = await fetch(`${hub}/api/operations/torture.${kind}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'x-deadline-ms': String(DEADLINE_MS),
        ...(kind === 'items' && { accept: 'text/event-stream' }),
      },
      body: JSON.stringify(inputOf(kind, n, ms)),
      signal: AbortSignal.timeout(leavesAfterMs ?? LOST_MS),
    })
    const text = await response.text()
    const callId = response.headers.get('x-request-id') ?? undefined
    if (response.status !== 200) {
      const end = codeOf(text)
      tally.answered(end, text)
      return { end, callId }
    }
    if (kind === 'items') return { end: endOfStream(text, n, tally), callId }
    const { data } = JSON.parse(text) as { data: Answer }
    judge(tally, kind, n, data)
    return { end: 'ok', callId }
  } catch (error) {
    if (leavesAfterMs !== undefined) return { end: 'left' }
    if (error instanceof Error && error.name === 'TimeoutError') tally.unanswered += 1
    return { end: `connection: ${(error as Error).name}` }
  }
}

interface Answer {
  readonly n: number
  readonly pad: string
}

function judge(tally: Tally, kind: Kind, asked: number, { n, pad }: Answer): void {
  if (n !== asked || pad !== inputOf(kind, n, 0).pad) tally.wrong += 1
  else if (kind === 'large') tally.large += 1
}

function codeOf(text: string): string {
  try {
    return String((JSON.parse(text) as { code?: unknown }).code)
  } catch {
    return 'no problem document'
  }
}

/** A stream must end with a word, and when that is `completed` be whole. */
function endOfStream(text: string, n: number, tally: Tally): string {
  if (text.includes('event: completed')) {
    const items = [...text.matchAll(/"n":(\d+)/g)].map(([, value]) => Number(value))
    if (items.length !== 20 || items.some((item, at) => item !== n + at)) tally.wrong += 1
    return 'ok'
  }
  const error = /event: error\s+data: (.*)/.exec(text)?.[1]
  if (error === undefined) tally.wrong += 1
  return error === undefined ? 'a stream without an end' : codeOf(error)
}

/** One caller over a WebSocket, several calls at a time; opens a new one when it ends, or when the hub is about to end it. */
export async function callOverSocket(options: LoadOptions, inFlight: number): Promise<void> {
  const { hub, key, tally, signal } = options
  const openSocket = watchedSocket((code, callId) => {
    tally.errorsOnSockets += 1
    tally.failed(code, callId)
  })
  while (!signal.aborted) {
    const open = { hub, key, openSocket, signal: AbortSignal.timeout(5000) }
    const connection = await HubConnection.open(open).catch(() => undefined)
    if (!connection) {
      await sleep(100)
      continue
    }
    const moves = new AbortController()
    void connection.draining.then(() => moves.abort())
    const here = { ...options, signal: AbortSignal.any([signal, moves.signal]) }
    await Promise.all(Array.from({ length: inFlight }, () => callOn(connection, here)))
    await connection[Symbol.asyncDispose]()
  }
}

async function callOn(connection: HubConnection, options: LoadOptions): Promise<void> {
  const { random, tally, signal } = options
  while (!signal.aborted && connection.open) {
    const asked = question(random)
    tally.made += 1
    const from = performance.now()
    const call = answer(connection, asked, tally)
    const end = await Promise.race([call, sleep(LOST_MS).then(() => undefined)])
    if (end === undefined) tally.unanswered += 1
    tally.add({ end: end ?? 'unanswered', ms: performance.now() - from })
    if (end !== 'ok') await sleep(5)
  }
}

/** Resolves with `ok` or the code of the error; the ids of calls that fail are seen on the socket. */
async function answer(
  connection: HubConnection,
  { kind, n, ms }: Question,
  tally: Tally,
): Promise<string> {
  const id = `torture.${kind}`
  const input = inputOf(kind, n, ms)
  try {
    if (kind !== 'items') {
      judge(tally, kind, n, await connection.call<Answer>(id, input, { timeoutMs: DEADLINE_MS }))
      return 'ok'
    }
    const items: number[] = []
    for await (const item of connection.subscribe<Answer>(id, input)) items.push(item.n)
    if (items.length !== 20 || items.some((item, at) => item !== n + at)) tally.wrong += 1
    return 'ok'
  } catch (error) {
    const { code = 'no code', message } = error as Partial<CodedError>
    tally.answered(code, `${code} over a socket: ${String(message)}`)
    return code
  }
}
