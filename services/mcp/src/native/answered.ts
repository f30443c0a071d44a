import { CallError } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { InputRequiredResult } from '@modelcontextprotocol/server'
import { callError } from '../protocol/call-error.ts'
import { runCall } from '../protocol/tool-call.ts'
import type { CallRequest } from '../protocol/tool-call.ts'
import { callOperation } from '../tools/call-operation.ts'
import type { NativeHub, NativeRequest } from './native-hub.ts'

export interface AnsweredBy<Result> {
  readonly method: Exclude<CallRequest['method'], 'tools/call'>
  /** For answers of the client: they count for this request alone. */
  readonly params: unknown
  readonly operationId: string
  readonly input: unknown
  readonly use: (envelope: ResponseEnvelope) => Result
}

/** A prompt, resource or completion from the answer of a query. Failures of the call become errors of the protocol with the code in `data`. */
export async function answered<Result>(
  hub: NativeHub,
  { server, ctx, caller }: NativeRequest,
  { method, params, operationId, input, use }: AnsweredBy<Result>,
): Promise<Result | InputRequiredResult> {
  const callId = uuidv7()
  try {
    return await runCall(
      hub.context,
      hub.rounds,
      { callId, what: 'native', method, params, server, ctx, caller },
      (call) =>
        callOperation(hub, { operationId, input }, call, (opened) => {
          if (opened.kind === 'answer') return use(opened.envelope)
          // The offer of a subscription is ignored; this is one that became it while the call was opened.
          if (opened.kind === 'stream') void opened.items.return?.()
          throw new CallError('CONFLICT', `${operationId} gives a stream of items.`)
        }),
    )
  } catch (error) {
    throw callError(error, callId)
  }
}
