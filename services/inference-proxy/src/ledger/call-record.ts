import type { CallRecord } from '@alkdev/contracts'
import type { CodedError } from '@alkdev/errors'
import type { SettledCall } from '@alkdev/storage/inference'
import { genAiAttributes } from './gen-ai-attributes.ts'
import type { ModelCall } from './ledger.ts'

const operations = new Map<string, string>()
/** Endpoints whose names are kept. Further paths of providers may be many. */
const MAX_OPERATIONS = 1000

/** `chat/completions` -> `inference.chatCompletions`: how the call history names calls of models. */
function operationOf(endpoint: string): string {
  const known = operations.get(endpoint)
  if (known !== undefined) return known
  const name = `inference.${endpoint.replaceAll(/[^A-Za-z0-9]+(.)/g, (_, letter: string) => letter.toUpperCase())}`
  if (operations.size < MAX_OPERATIONS) operations.set(endpoint, name)
  return name
}

/** A call of a model as the call history keeps it: without prompt and answer, unless they are recorded. */
export function callRecord(
  call: ModelCall,
  settled: SettledCall,
  error: CodedError | undefined,
): CallRecord {
  const { status, endedBy, provider, model, costMicros, usageSource, truncated } = settled
  const failed = settled.code !== null
  const answer = call.content?.answer
  const { input, cacheRead, cacheWrite5m, cacheWrite1h } = settled
  const { output, reasoning, audioInput, audioOutput } = settled
  const tags = [...new Set([...(call.tags ?? []), ...(call.hooks?.tags ?? [])])]
  return {
    header: {
      callId: call.id,
      operationId: operationOf(call.endpoint),
      input: {
        model: settled.requestedModel,
        stream: call.streamed,
        ...(call.content !== undefined && { request: call.content.request }),
      },
      principal: call.identity,
      actor:
        call.session === undefined
          ? { kind: 'client', name: call.identity.id, instanceId: call.instanceId }
          : { kind: 'service', name: 'coordinator', instanceId: call.instanceId },
      depth: call.parentCallId === undefined ? 0 : 1,
      ...(call.parentCallId !== undefined && { parentCallId: call.parentCallId }),
      metadata: {
        ...genAiAttributes(settled),
        ...(call.session !== undefined && { turnId: call.session.turnId }),
        ...(tags.length > 0 && { tags }),
      },
      ...(call.traceparent !== undefined && { traceparent: call.traceparent }),
    },
    status: endedBy === 'client' ? 'aborted' : failed ? 'failed' : 'completed',
    ...(settled.code !== null && { code: settled.code }),
    ...(error !== undefined && { error: error.toWire() }),
    output: {
      provider,
      model,
      status,
      tokens: {
        input,
        cacheRead,
        cacheWrite5m,
        cacheWrite1h,
        output,
        reasoning,
        audioInput,
        audioOutput,
      },
      costMicros,
      usageSource,
      endedBy,
      truncated,
      ...(answer !== undefined && { answer }),
    },
    startedAtMs: settled.startedAt.getTime(),
    endedAtMs: settled.endedAt.getTime(),
    attempts: settled.attempts.length,
    instanceId: call.instanceId,
    ...(provider !== null && { route: `${provider}/${model}` }),
  }
}
