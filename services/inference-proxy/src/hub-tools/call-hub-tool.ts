import type { Authenticated } from '@alkdev/contracts'
import { GENERIC_OPERATIONS, mayGoOn, openOnce } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { parseJson, uuidv7 } from '@alkdev/std'
import { member } from '../usage/usage.ts'

/** Milliseconds for one call. */
const TIMEOUT_MS = 60_000
/** Characters of an output that the model gets, and items of a subscription. */
const MAX_OUTPUT = 256 * 1024
const MAX_ITEMS = 1000

/** The part of the runtime through which operations are called. */
export type ToolRuntime = Pick<
  ServiceRuntime<'inference-proxy'>,
  'bus' | 'db' | 'logger' | 'inputHash' | 'live'
>

/** A tool call of a model, as the operation that it means. */
export interface PlannedCall {
  readonly operationId: string
  readonly input: unknown
}

/** What a model asked for. Throws VALIDATION_ERROR for arguments that are no object, or name no operation. */
export function planCall(tool: string, text: string): PlannedCall {
  const input = argumentsOf(text)
  const generic = GENERIC_OPERATIONS[tool]
  if (generic !== undefined) return { operationId: generic, input }
  const operationId = member(input, 'operationId')
  if (typeof operationId === 'string') return { operationId, input: member(input, 'input') ?? {} }
  throw new CallError('VALIDATION_ERROR', 'call needs the operationId, as search gives it.')
}

function argumentsOf(text: string): unknown {
  try {
    const value = text.trim() === '' ? {} : parseJson(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Below.
  }
  throw new CallError('VALIDATION_ERROR', 'The arguments must be a JSON object.')
}

/** True for an operation that changes nothing, as far as the caller may know it. */
export async function isReadOnly(
  { bus }: Pick<ToolRuntime, 'bus'>,
  { operationId }: PlannedCall,
  { identity }: Authenticated,
): Promise<boolean> {
  const entry = await bus.lookUp(operationId, identity)
  return entry !== undefined && entry.spec.type !== 'mutation'
}

export interface HubCallOptions {
  readonly authenticated: Authenticated
  /** The call of the model that asked for it: the history shows this call under it. */
  readonly parentCallId: string
  /** W3C trace context of the request. */
  readonly traceparent?: string | undefined
  readonly signal: AbortSignal
}

/**
 * Calls an operation in the rights of the caller, and gives its output as text. It ends when the key loses the right to it. Throws what the
 * call failed with, and PAYLOAD_TOO_LARGE for an output that no model should get.
 */
export async function callHubTool(
  runtime: ToolRuntime,
  { operationId, input }: PlannedCall,
  { authenticated, parentCallId, traceparent, signal }: HubCallOptions,
): Promise<string> {
  const { bus, live } = runtime
  const callId = uuidv7()
  const ending = new AbortController()
  const unwatch = live.watch({
    authenticated,
    end: (reason) => ending.abort(reason),
    allowed: (now) => mayGoOn(bus, { callId, operationId }, authenticated.identity, now.identity),
  })
  try {
    const opened = await openOnce(runtime, operationId, input, {
      callId,
      principal: authenticated.identity,
      parentCallId,
      depth: 1,
      timeoutMs: TIMEOUT_MS,
      signal: AbortSignal.any([signal, ending.signal]),
      ...(traceparent !== undefined && { traceparent }),
      metadata: { via: 'inference' },
    })
    return opened.kind === 'answer' ? outputOf(opened.envelope.data) : await collect(opened.items)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw ending.signal.aborted ? ending.signal.reason : error
  } finally {
    unwatch()
  }
}

function outputOf(data: unknown): string {
  const text = JSON.stringify(data ?? null)
  if (text.length > MAX_OUTPUT) throw tooLarge()
  return text
}

/** The items of a subscription, until it ends by itself or there are too many. */
async function collect(
  items: AsyncIterable<{ readonly envelope: { readonly data: unknown } }>,
): Promise<string> {
  const all: unknown[] = []
  let characters = 0
  for await (const { envelope } of items) {
    characters += JSON.stringify(envelope.data ?? null).length
    if (characters > MAX_OUTPUT || all.length >= MAX_ITEMS) throw tooLarge()
    all.push(envelope.data)
  }
  return outputOf(all)
}

function tooLarge(): CallError {
  return new CallError(
    'PAYLOAD_TOO_LARGE',
    `The output has over ${MAX_OUTPUT} characters, or over ${MAX_ITEMS} items. Ask for less of it.`,
    { outcome: 'unknown' },
  )
}
