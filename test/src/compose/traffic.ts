import { attachSpoke, HubConnection, mutation, subscription, Type } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'

/** Milliseconds beyond which a request counts as unanswered. */
const PATIENCE_MS = 60_000
/** Items of a stream, and the milliseconds between two of them. */
const ITEMS = 20
const ITEM_MS = 100

const input = Type.Object({ n: Type.Integer() })

export interface TrafficOptions {
  /** The address of the proxy. */
  readonly hub: string
  /** A key with all rights. */
  readonly key: string
  /** A model that answers; without it no model calls are made. */
  readonly model?: string
}

/** What became of the requests of one kind: `ok`, or the code or the failure, with the number of each. */
export interface KindCounts {
  readonly ends: Readonly<Record<string, number>>
  readonly slowestMs: number
}

/**
 * Callers of every kind, all through the proxy, one request after the other: calls over HTTP and over a socket to a spoke of the library, calls of a
 * service, streams, MCP requests, and model calls with and without a stream.
 */
export class Traffic implements AsyncDisposable {
  readonly #options: TrafficOptions
  readonly #stop = new AbortController()
  readonly #spoke: Spoke
  readonly #callers: Promise<unknown>[] = []
  #counts = new Map<string, { ends: Map<string, number>; slowestMs: number }>()

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#spoke = attachSpoke({
      hub: options.hub,
      key: options.key,
      name: 'traffic',
      onLog: () => undefined,
      onReconnecting: (reason, delayMs) =>
        console.log(
          new Date().toISOString(),
          `the spoke attaches again in ${Math.round(delayMs)} ms: ${reason}`,
        ),
      operations: [
        mutation(
          { id: 'load.echo', description: 'Returns its input.', input, output: input },
          ({ n }) => ({ n }),
        ),
        subscription(
          { id: 'load.items', description: 'Counts slowly.', input, output: input },
          async function* items({ n }, { signal }) {
            for (let at = 0; at < ITEMS; at++) {
              await sleep(ITEM_MS, signal)
              yield { n: n + at }
            }
          },
        ),
      ],
    })
  }

  /** Waits for the spoke, and until one request of each kind has succeeded; then starts the callers. */
  async start(): Promise<void> {
    await this.#spoke.attached()
    for (const [kind, ask] of Object.entries(this.#kinds())) {
      for (const until = Date.now() + PATIENCE_MS; ; await sleep(200)) {
        const end = await ask(1)
        if (end === 'ok') break
        if (Date.now() > until) throw new Error(`No request of the kind ${kind} succeeds: ${end}`)
      }
      const callers = kind === 'call to a spoke' ? 4 : 2
      for (let at = 0; at < callers; at++) this.#callers.push(this.#repeat(kind, ask))
    }
    this.#callers.push(this.#callOverSocket())
  }

  /** The counts since the last time, by kind. */
  take(): Readonly<Record<string, KindCounts>> {
    const taken = this.#counts
    this.#counts = new Map()
    return Object.fromEntries(
      [...taken].map(([kind, { ends, slowestMs }]) => [
        kind,
        { ends: Object.fromEntries(ends), slowestMs: Math.round(slowestMs) },
      ]),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#callers)
    await this.#spoke.stop({ timeoutMs: 1000 })
  }

  #kinds(): Record<string, (n: number) => Promise<string>> {
    const { model } = this.#options
    return {
      'call to a spoke': (n) => this.#call('client.traffic.load.echo', { n }, n),
      'call of a service': () => this.#call('projects.list', {}),
      'stream of a spoke': (n) => this.#stream(n),
      'MCP request': () => this.#post('/mcp', initialize).then(({ end }) => end),
      ...(model !== undefined && {
        'model call': async () => {
          const { end, text } = await this.#post('/v1/chat/completions', chat(model, false))
          return end === 'ok' && !text.includes('"choices"') ? 'wrong answer' : end
        },
        'model stream': async () => {
          const { end, text } = await this.#post('/v1/chat/completions', chat(model, true))
          return end === 'ok' && !text.includes('[DONE]') ? 'cut stream' : end
        },
      }),
    }
  }

  async #repeat(kind: string, ask: (n: number) => Promise<string>): Promise<void> {
    const { signal } = this.#stop
    for (let n = 0; !signal.aborted; n++) {
      const from = performance.now()
      const end = await ask(n)
      this.#count(kind, end, performance.now() - from)
      await sleep(end === 'ok' ? 5 : 50)
    }
  }

  #count(kind: string, end: string, ms: number): void {
    let counts = this.#counts.get(kind)
    if (counts === undefined) this.#counts.set(kind, (counts = { ends: new Map(), slowestMs: 0 }))
    counts.ends.set(end, (counts.ends.get(end) ?? 0) + 1)
    counts.slowestMs = Math.max(counts.slowestMs, ms)
  }

  async #call(operationId: string, body: object, n?: number): Promise<string> {
    const { end, text } = await this.#post(`/api/operations/${operationId}`, body)
    if (end !== 'ok' || n === undefined) return end
    const { data } = JSON.parse(text) as { readonly data?: { readonly n?: number } }
    return data?.n === n ? 'ok' : 'wrong answer'
  }

  async #stream(n: number): Promise<string> {
    const accept = { accept: 'text/event-stream' }
    const { end, text } = await this.#post(
      '/api/operations/client.traffic.load.items',
      { n },
      accept,
    )
    if (end !== 'ok') return end
    const items = [...text.matchAll(/"n":(\d+)/g)].map(([, value]) => Number(value))
    if (text.includes('event: completed'))
      return items.length === ITEMS && items.every((item, at) => item === n + at)
        ? 'ok'
        : 'wrong items'
    console.log(new Date().toISOString(), 'stream', text.slice(-300))
    return /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? 'cut stream'
  }

  async #post(
    path: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<{ readonly end: string; readonly text: string }> {
    const { hub, key } = this.#options
    try {
      const response = await fetch(hub + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const text = await response.text()
      if (response.status === 200) return { end: 'ok', text }
      const code = /"code":"?([A-Za-z_]+)/.exec(text)?.[1] ?? 'no code'
      console.log(new Date().toISOString(), path, response.status, text.slice(0, 300))
      return { end: `${response.status} ${code}`, text }
    } catch (error) {
      const { name, cause } = error as Error & { cause?: { code?: string } }
      return {
        end: `${name} ${cause?.code ?? ''}`.trim(),
        text: '',
      }
    }
  }

  /** Opens another socket when the hub asks for it, and answers are still awaited on the old one. */
  async #callOverSocket(): Promise<void> {
    const { hub, key } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      const connection = await HubConnection.open({
        hub,
        key,
        signal: AbortSignal.timeout(5000),
      }).catch(() => undefined)
      if (connection === undefined) {
        await sleep(100)
        continue
      }
      const moves = new AbortController()
      void connection.draining.then(() => moves.abort())
      for (let n = 0; !signal.aborted && !moves.signal.aborted && connection.open; n++) {
        const from = performance.now()
        const end = await connection
          .call<{ readonly n: number }>('client.traffic.load.echo', { n })
          .then((data) => (data.n === n ? 'ok' : 'wrong answer'))
          .catch((error: unknown) => {
            console.log(new Date().toISOString(), 'call over a socket', String(error))
            return String((error as { code?: unknown }).code)
          })
        this.#count('call over a socket', end, performance.now() - from)
        await sleep(10)
      }
      await connection.close()
    }
  }
}

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'traffic', version: '1.0.0' },
  },
}

function chat(model: string, stream: boolean): object {
  return { model, stream, messages: [{ role: 'user', content: 'Say hello.' }], max_tokens: 20 }
}
