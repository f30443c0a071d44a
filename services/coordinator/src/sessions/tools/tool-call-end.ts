import { SPOKE_ATTACHED_AGAIN } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import type { OpenToolCall, ToolCallEnd } from '@alkdev/storage/sessions'
import { failureJson } from '../turn/failure-json.ts'

/** Characters of the outputs of a tool call that are kept, and items of a stream. */
const MAX_OUTPUT = 1024 * 1024

export function streamOver(ms: number): CallError {
  return new CallError(
    'TIMEOUT',
    `The call took all of the ${Math.round(ms)} ms that its turn or its step had left.`,
  )
}

/** It may have run, and its answer is lost. */
export function isUnknown(error: CallError): boolean {
  const { outcome } = (error.details ?? {}) as { outcome?: unknown }
  return error.ran !== 'no' && (error.code === 'PROVIDER_LOST' || outcome === 'unknown')
}

/** The error of a call after another attempt of it: that the last one did not run says nothing of an earlier one that may have. */
export function moreTrue(before: CallError, latest: CallError): CallError {
  return isUnknown(before) && latest.ran === 'no' ? before : latest
}

/** Codes with which a call ends that lost its rights. */
const WITHDRAWN: ReadonlySet<string> = new Set(['ACCESS_DENIED', 'UNAUTHENTICATED'])

/** Nothing ran: its spoke was attached again. */
function isElsewhereNow({ details }: CallError): boolean {
  return (details as { reason?: unknown } | undefined)?.reason === SPOKE_ATTACHED_AGAIN
}

/** Another attempt may be made: its class allows it, or nothing ran. Never of a call whose rights were withdrawn while it ran. */
export function mayRepeat({ retry }: Pick<OpenToolCall, 'retry'>, error: CallError): boolean {
  if (isElsewhereNow(error)) return true
  return retry !== 'never' && isUnknown(error) && !WITHDRAWN.has(error.code)
}

export function endOf(call: OpenToolCall, error: CallError, isAborted: boolean): ToolCallEnd {
  const failure = failureJson(error)
  if (isAborted) return { status: 'cancelled', error: failure }
  if (isUnknown(error) && call.retry === 'never') return { status: 'unknown', error: failure }
  return { status: error.code === 'ACCESS_DENIED' ? 'denied' : 'failed', error: failure }
}

/** JSON as it is stored. Throws PAYLOAD_TOO_LARGE. */
export function outputOf(data: unknown): string {
  const text = JSON.stringify(data ?? null)
  if (text.length > MAX_OUTPUT)
    throw new CallError('PAYLOAD_TOO_LARGE', 'The output is over 1 MiB; ask for less of it.')
  return text
}

export async function collectItems(
  items: AsyncIterable<{ readonly envelope: { readonly data: unknown } }>,
): Promise<string> {
  const all: unknown[] = []
  let characters = 0
  for await (const { envelope } of items) {
    characters += JSON.stringify(envelope.data ?? null).length
    if (characters > MAX_OUTPUT)
      throw new CallError('PAYLOAD_TOO_LARGE', 'The output is over 1 MiB; ask for less of it.', {
        outcome: 'unknown',
      })
    all.push(envelope.data)
  }
  return outputOf(all)
}
