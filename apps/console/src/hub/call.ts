import type { Inputs, OperationName, Outputs } from './operations.ts'
import { request } from './request.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

/** The answer of any operation, with what the hub measured. */
export interface Answer<T = unknown> {
  readonly data: T
  readonly callId: string | undefined
  readonly serverTiming: string | undefined
}

/** Calls an operation by any name. Throws HubError. */
export async function callAny(
  operationId: string,
  input: unknown,
  { signal, headers }: CallOptions = {},
): Promise<Answer> {
  const answer = await request(`api/operations/${encodeURIComponent(operationId)}`, {
    method: 'POST',
    body: input,
    // A call lasts as long as the hub lets it.
    timeoutMs: null,
    ...(signal !== undefined && { signal }),
    ...(headers !== undefined && { headers }),
  })
  const { data } = (await answer.json()) as { data: unknown }
  return {
    data,
    callId: answer.headers.get('x-request-id') ?? undefined,
    serverTiming: answer.headers.get('server-timing') ?? undefined,
  }
}

/** Calls an operation of the hub. Throws HubError. */
export async function call<Name extends OperationName>(
  name: Name,
  input: Inputs[Name],
  options?: CallOptions,
): Promise<Outputs[Name]> {
  return (await callAny(name, input, options)).data as Outputs[Name]
}
