import { compact } from '@alkdev/std'
import type { TestStack, TestKey } from './test-stack.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any
}

/** A request to the gateway as a client makes it. */
export async function ask(
  hub: Pick<TestStack, 'gateway'>,
  method: string,
  path: string,
  options: {
    readonly key?: string
    readonly body?: unknown
    readonly headers?: Record<string, string>
    readonly raw?: string
    readonly signal?: AbortSignal
  } = {},
): Promise<Answer> {
  const text =
    options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const response = await fetch(`${hub.gateway}${path}`, {
    method,
    headers: {
      ...(options.key !== undefined && { authorization: `Bearer ${options.key}` }),
      ...(text !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...compact({ body: text, signal: options.signal }),
  })
  const answer = await response.text()
  let body: unknown = answer
  try {
    body = JSON.parse(answer)
  } catch {
    // Not JSON: the text itself.
  }
  return { status: response.status, headers: response.headers, body }
}

/** Calls an operation over HTTP. */
export function call(
  hub: Pick<TestStack, 'gateway'>,
  key: Pick<TestKey, 'key'>,
  operationId: string,
  input: unknown = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(hub, 'POST', `/api/operations/${operationId}`, { key: key.key, body: input, headers })
}

/** What a call of an MCP tool gave. */
export interface ToolAnswer {
  readonly status: number
  readonly isError: boolean
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly data: any
}

/** Calls an operation by the tool `call` of the MCP service. */
export async function callTool(
  hub: Pick<TestStack, 'mcp'>,
  { key }: Pick<TestKey, 'key'>,
  call: {
    readonly operationId: string
    readonly input?: unknown
    readonly idempotencyKey?: string
  },
  signal?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<ToolAnswer> {
  const response = await fetch(hub.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'call', arguments: call },
    }),
    ...compact({ signal }),
  })
  const text = await response.text()
  const line = /^data: (.*)$/m.exec(text)?.[1] ?? text
  const { result, ...problem } = JSON.parse(line) as {
    result?: { structuredContent?: unknown; isError?: boolean }
  }
  return {
    status: response.status,
    isError: result === undefined || result.isError === true,
    data: result?.structuredContent ?? problem,
  }
}
