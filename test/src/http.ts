import type { TestHub, TestKey } from './test-hub.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any
}

/** A request to the gateway as a client makes it. */
export async function ask(
  hub: Pick<TestHub, 'gateway'>,
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
    ...(text !== undefined && { body: text }),
    ...(options.signal && { signal: options.signal }),
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
  hub: Pick<TestHub, 'gateway'>,
  key: Pick<TestKey, 'key'>,
  operationId: string,
  input: unknown = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(hub, 'POST', `/api/operations/${operationId}`, { key: key.key, body: input, headers })
}
