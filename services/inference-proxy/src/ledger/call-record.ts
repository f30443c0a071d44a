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

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** A call of a model as the call history keeps it: without prompt and answer, unless they are recorded. */
export function callRecord(
  call: ModelCall,
  settled: SettledCall,
  error: CodedError | undefined,
): CallRecord {
  const { endedBy, provider, model, code } = settled
  const record: Writable<CallRecord> = {
    header: headerOf(call, settled),
    status: endedBy === 'client' ? 'aborted' : code === null ? 'completed' : 'failed',
    output: outputOf(call, settled),
    startedAtMs: settled.startedAt.getTime(),
    endedAtMs: settled.endedAt.getTime(),
    attempts: settled.attempts.length,
    instanceId: call.instanceId,
  }
  if (code !== null) record.code = code
  if (error !== undefined) record.error = error.toWire()
  if (provider !== null) record.route = `${provider}/${model}`
  return record
}

function headerOf(call: ModelCall, settled: SettledCall): CallRecord['header'] {
  const { session, instanceId, content, parentCallId } = call
  const input = { model: settled.requestedModel, stream: call.streamed }
  const metadata: Record<string, unknown> = genAiAttributes(settled)
  if (session !== undefined) metadata['turnId'] = session.turnId
  const tags = tagsOf(call)
  if (tags.length > 0) metadata['tags'] = tags
  const header: Writable<CallRecord['header']> = {
    callId: call.id,
    operationId: operationOf(call.endpoint),
    input: content === undefined ? input : { ...input, request: content.request },
    principal: call.identity,
    actor:
      session === undefined
        ? { kind: 'client', name: call.identity.id, instanceId }
        : { kind: 'service', name: 'coordinator', instanceId },
    depth: parentCallId === undefined ? 0 : 1,
    metadata,
  }
  if (parentCallId !== undefined) header.parentCallId = parentCallId
  if (call.traceparent !== undefined) header.traceparent = call.traceparent
  return header
}

function tagsOf({ tags = [], hooks }: ModelCall): readonly string[] {
  if (hooks === undefined && tags.length === 0) return tags
  return [...new Set([...tags, ...(hooks?.tags ?? [])])]
}

function outputOf({ content }: ModelCall, settled: SettledCall): object {
  const output = {
    provider: settled.provider,
    model: settled.model,
    status: settled.status,
    tokens: {
      input: settled.input,
      cacheRead: settled.cacheRead,
      cacheWrite5m: settled.cacheWrite5m,
      cacheWrite1h: settled.cacheWrite1h,
      output: settled.output,
      reasoning: settled.reasoning,
      audioInput: settled.audioInput,
      audioOutput: settled.audioOutput,
    },
    costMicros: settled.costMicros,
    usageSource: settled.usageSource,
    endedBy: settled.endedBy,
    truncated: settled.truncated,
  }
  const answer = content?.answer
  return answer === undefined ? output : { ...output, answer }
}
