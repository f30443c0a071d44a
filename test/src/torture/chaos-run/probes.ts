import { sleep } from '@alkdev/std'
import { isRefusal } from '../tally.ts'

/** Milliseconds after which an attempt counts as unanswered: longer than a call has by default, which is 30 s. */
const LOST_MS = 40_000

/** One kind of request that is repeated while failures are injected. */
export interface Probe {
  readonly name: string
  /**
   * `ok`, a code, or a text that begins with `uncoded` when the answer has none. Rejects when the connection breaks. `onError` is called with the text
   * of an error answer.
   */
  readonly attempt: (signal: AbortSignal, onError?: (answer: string) => void) => Promise<string>
}

/** How often each probe ended in each way. */
export class ProbeCounts {
  readonly ends = new Map<string, number>()
  unanswered = 0
  uncoded = 0
  /** Requests that were refused, although each is valid. */
  refused = 0
  readonly examples: string[] = []

  /** `answer`: the text of an error answer. */
  add(probe: string, end: string, answer = ''): void {
    const key = `${probe}: ${end}`
    this.ends.set(key, (this.ends.get(key) ?? 0) + 1)
    if (isRefusal(end) || (end === 'tool error' && isRefusal(codeInText(answer)))) {
      this.refused += 1
      if (this.examples.length < 20) this.examples.push(`${key}: ${answer.slice(0, 1000)}`)
    }
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
    let answer: string | undefined
    const end = await once(probe, (text) => (answer = text))
    if (end === 'unanswered') {
      counts.unanswered += 1
      counts.examples.push(`${probe.name}: unanswered`)
    }
    counts.add(probe.name, end, answer)
    await sleep(end === 'ok' ? 5 : 50)
  }
}

/** How one attempt ends. `onError` is called with the text of an error answer. */
export async function once(
  { attempt }: Probe,
  onError?: (answer: string) => void,
): Promise<string> {
  const signal = AbortSignal.timeout(LOST_MS)
  return attempt(signal, onError).catch((error: unknown) =>
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
      attempt: async (signal, onError) =>
        endOf(await post('/api/operations/projects.list', {}, signal), onError),
    },
    {
      name: 'MCP call',
      attempt: async (signal, onError) => {
        const message = {
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'call', arguments: { operationId: 'projects.list', input: {} } },
        }
        const response = await post('/mcp', message, signal)
        const text = await response.text()
        if (response.status !== 200) return codeOf(response.status, text, onError)
        const line = /^data: (.*)$/m.exec(text)?.[1] ?? text
        const answer = parsed(line) as {
          result?: { isError?: boolean; structuredContent?: unknown }
          error?: { code?: number }
        }
        if (answer.error?.code !== undefined) return `JSON-RPC ${answer.error.code}`
        if (answer.result === undefined) return `uncoded: ${text.slice(0, 100)}`
        if (answer.result.isError !== true) return 'ok'
        onError?.(line)
        return 'tool error'
      },
    },
    {
      name: 'model call',
      attempt: async (signal, onError) =>
        endOf(await post('/v1/chat/completions', chatWith('good', false), signal), onError),
    },
    {
      name: 'model stream',
      attempt: async (signal, onError) => {
        const response = await post('/v1/chat/completions', chatWith('good', true), signal)
        const text = await response.text()
        if (response.status !== 200) return codeOf(response.status, text, onError)
        if (text.includes('[DONE]')) return 'ok'
        return text.includes('"error"') ? 'error in the stream' : 'cut'
      },
    },
  ]
}

export function chatWith(model: string, stream: boolean): object {
  return { model: `fake/${model}`, stream, messages: [{ role: 'user', content: 'Hi' }] }
}

type OnError = ((answer: string) => void) | undefined

async function endOf(response: Response, onError: OnError): Promise<string> {
  const text = await response.text()
  return response.status === 200 ? 'ok' : codeOf(response.status, text, onError)
}

function codeOf(status: number, text: string, onError: OnError): string {
  onError?.(text)
  return codeIn(status, text)
}

/** The first word of a text that looks like the code of an error. */
function codeInText(text: string): string {
  return /\b[A-Z]+_[A-Z_]+\b/.exec(text)?.[0] ?? ''
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
