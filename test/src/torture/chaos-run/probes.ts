import { sleep } from '@alkdev/std'

/** Milliseconds after which an attempt counts as unanswered. */
const LOST_MS = 30_000

/** One kind of request that is repeated while failures are injected. */
export interface Probe {
  readonly name: string
  /** `ok`, a code, or a text that begins with `uncoded` when the answer has none. Rejects when the connection breaks. */
  readonly attempt: (signal: AbortSignal) => Promise<string>
}

/** How often each probe ended in each way. */
export class ProbeCounts {
  readonly ends = new Map<string, number>()
  unanswered = 0
  uncoded = 0
  readonly examples: string[] = []

  add(probe: string, end: string): void {
    const key = `${probe}: ${end}`
    this.ends.set(key, (this.ends.get(key) ?? 0) + 1)
    if (!end.startsWith('uncoded')) return
    this.uncoded += 1
    if (this.examples.length < 20) this.examples.push(key)
  }
}

/** Repeats a probe until the signal aborts, one attempt after the other. */
export async function repeat(
  probe: Probe,
  counts: ProbeCounts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const end = await once(probe)
    if (end === 'unanswered') {
      counts.unanswered += 1
      counts.examples.push(`${probe.name}: unanswered`)
    }
    counts.add(probe.name, end)
    await sleep(end === 'ok' ? 5 : 50)
  }
}

/** How one attempt ends. */
export async function once({ attempt }: Probe): Promise<string> {
  const signal = AbortSignal.timeout(LOST_MS)
  return attempt(signal).catch((error: unknown) =>
    signal.aborted ? 'unanswered' : `connection: ${(error as Error).name}`,
  )
}

/** The names of probes that do not work within `ms` milliseconds. */
export async function notWorking(probes: readonly Probe[], ms: number): Promise<string[]> {
  const deadline = Date.now() + ms
  const failing = await Promise.all(
    probes.map(async (probe) => {
      let end = ''
      for (;;) {
        end = await once(probe)
        if (end === 'ok') return []
        if (Date.now() > deadline) return [`${probe.name}: ${end}`]
        await sleep(200)
      }
    }),
  )
  return failing.flat()
}

/** The probes of everything that is not a call of a spoke: hub operations, MCP, models. */
export function hubProbes(hub: {
  readonly gateway: string
  readonly key: string
}): readonly Probe[] {
  const headers = {
    authorization: `Bearer ${hub.key}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const post = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
    fetch(`${hub.gateway}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
    })
  return [
    {
      name: 'hub operation',
      attempt: async (signal) => endOf(await post('/api/operations/projects.list', {}, signal)),
    },
    {
      name: 'MCP call',
      attempt: async (signal) => {
        const message = {
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'call', arguments: { operationId: 'projects.list', input: {} } },
        }
        const response = await post('/mcp', message, signal)
        const text = await response.text()
        if (response.status !== 200) return codeIn(response.status, text)
        const line = /^data: (.*)$/m.exec(text)?.[1] ?? text
        const answer = parsed(line) as {
          result?: { isError?: boolean; structuredContent?: unknown }
          error?: { code?: number }
        }
        if (answer.error?.code !== undefined) return `JSON-RPC ${answer.error.code}`
        if (answer.result === undefined) return `uncoded: ${text.slice(0, 100)}`
        return answer.result.isError === true ? 'tool error' : 'ok'
      },
    },
    {
      name: 'model call',
      attempt: async (signal) =>
        endOf(await post('/v1/chat/completions', chatWith('good', false), signal)),
    },
    {
      name: 'model stream',
      attempt: async (signal) => {
        const response = await post('/v1/chat/completions', chatWith('good', true), signal)
        const text = await response.text()
        if (response.status !== 200) return codeIn(response.status, text)
        if (text.includes('[DONE]')) return 'ok'
        return text.includes('"error"') ? 'error in the stream' : 'cut'
      },
    },
  ]
}

export function chatWith(model: string, stream: boolean): object {
  return { model: `fake/${model}`, stream, messages: [{ role: 'user', content: 'Hi' }] }
}

async function endOf(response: Response): Promise<string> {
  const text = await response.text()
  return response.status === 200 ? 'ok' : codeIn(response.status, text)
}

/** The code of an error answer: a problem document, or the error object of OpenAI. */
export function codeIn(status: number, text: string): string {
  const body = parsed(text) as { code?: unknown; error?: { code?: unknown; type?: unknown } }
  const code = body.code ?? body.error?.code ?? body.error?.type
  return typeof code === 'string' ? code : `uncoded: ${status} ${text.slice(0, 100)}`
}

function parsed(text: string): object {
  try {
    return JSON.parse(text) as object
  } catch {
    return {}
  }
}
