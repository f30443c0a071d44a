import { HubConnection } from '@alkdev/spoke'
import type { CodedError } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import type { Random } from './random.ts'
import type { Kind, Tally } from './tally.ts'

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
  const { random, tally, signal } = options
  while (!signal.aborted) {
    const asked = question(random)
    const leavesAfterMs = random.next() < 0.02 ? random.between(1, 100) : undefined
    tally.made += 1
    const from = performance.now()
    const { end, callId } = await ask(options, asked, leavesAfterMs)
    tally.add({ kind: asked.kind, end, callId, ms: performance.now() - from })
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
      body: JSON.stringify({ n, ms }),
      signal: AbortSignal.timeout(leavesAfterMs ?? LOST_MS),
    })
    const text = await response.text()
    const callId = response.headers.get('x-request-id') ?? undefined
    if (response.status !== 200) return { end: codeOf(text), callId }
    if (kind === 'items') return { end: endOfStream(text, n, tally), callId }
    const { data } = JSON.parse(text) as { data: { n: number } }
    if (data.n !== n) tally.wrong += 1
    return { end: 'ok', callId }
  } catch (error) {
    if (leavesAfterMs !== undefined) return { end: 'left' }
    if (error instanceof Error && error.name === 'TimeoutError') tally.unanswered += 1
    return { end: `connection: ${(error as Error).name}` }
  }
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

/** One caller over a WebSocket, several calls at a time; opens a new one when it ends. */
export async function callOverSocket(options: LoadOptions, inFlight: number): Promise<void> {
  const { hub, key, signal } = options
  while (!signal.aborted) {
    const giveUp = AbortSignal.timeout(5000)
    const connection = await HubConnection.open({ hub, key, signal: giveUp }).catch(() => undefined)
    if (!connection) {
      await sleep(100)
      continue
    }
    const workers = Array.from({ length: inFlight }, () => callOn(connection, options))
    await Promise.all(workers)
    await connection[Symbol.asyncDispose]()
  }
}

async function callOn(connection: HubConnection, options: LoadOptions): Promise<void> {
  const { random, tally, signal } = options
  while (!signal.aborted && connection.open) {
    const { kind, n, ms } = question(random)
    tally.made += 1
    const from = performance.now()
    const call = answer(connection, kind, { n, ms })
    const end = await Promise.race([call, sleep(LOST_MS).then(() => undefined)])
    if (end === undefined) tally.unanswered += 1
    else if (end.wrong) tally.wrong += 1
    tally.add({
      kind,
      end: end?.code ?? 'unanswered',
      callId: end?.callId,
      ms: performance.now() - from,
    })
    if (end?.code !== 'ok') await sleep(5)
  }
}

async function answer(
  connection: HubConnection,
  kind: Kind,
  input: { readonly n: number; readonly ms: number },
): Promise<{ readonly code: string; readonly wrong: boolean; readonly callId?: string }> {
  const id = `torture.${kind}`
  try {
    if (kind !== 'items') {
      const data = await connection.call<{ n: number }>(id, input, { timeoutMs: DEADLINE_MS })
      return { code: 'ok', wrong: data.n !== input.n }
    }
    const items: number[] = []
    for await (const item of connection.subscribe<{ n: number }>(id, input)) items.push(item.n)
    const whole = items.length === 20 && items.every((item, at) => item === input.n + at)
    return { code: 'ok', wrong: !whole }
  } catch (error) {
    return { code: (error as CodedError).code, wrong: false }
  }
}
