import type { CallProvider, CallSink, ProvidedCall } from '@alkdev/bus'
import { MCP_ATTRIBUTES, TRACE_ATTRIBUTES } from '@alkdev/contracts'
import type { Tracer, TraceSpan } from '@alkdev/contracts'
import {
  CallError,
  compileSchema,
  enforceAccess,
  validationError,
  schemaCost,
} from '@alkdev/operations'
import type { IOperationDefinition, OperationContext, ResponseEnvelope } from '@alkdev/operations'
import { inCallScope } from './call-scope.ts'
import type { HostedClient } from './hosted-client.ts'
import { MAX_IN_FLIGHT, MAX_SCHEMA_COST } from './limits.ts'

/** The provider of calls to the outside services whose connections this process holds. */
export function provideOutsideCalls(
  find: (clientId: string) => HostedClient | undefined,
  tracer: Tracer | undefined,
): CallProvider {
  return (call, sink) => {
    if (call.target.kind !== 'spoke') return
    const client = find(call.target.spokeId)
    const definition = client?.epoch === call.target.epoch ? client.find(call) : undefined
    if (client === undefined || definition === undefined) {
      const why = client?.lastError === undefined ? '' : ` ${client.lastError}`
      sink.refuse('PROVIDER_UNAVAILABLE', `The outside service is not connected.${why}`)
      return
    }
    if (client.inFlight >= MAX_IN_FLIGHT) {
      sink.refuse('OVERLOADED', `${MAX_IN_FLIGHT} calls of the outside service are running.`, 1000)
      return
    }
    try {
      check(call)
    } catch (error) {
      sink.fail(error)
      return
    }
    sink.started()
    client.inFlight++
    const span = tracer && startOutsideSpan(tracer, call, definition)
    void run(call, definition, client, sink, span).finally(() => {
      client.inFlight--
    })
  }
}

/** Throws the error of the call. */
function check({ spec, header }: ProvidedCall): void {
  const { operationId, principal, input } = header
  enforceAccess(spec.accessControl, principal, operationId, input)
  // The service checks its own input; a schema that takes long to compile would hold all calls of this process.
  const { inputSchema } = spec
  if (typeof inputSchema === 'object' && schemaCost(inputSchema, MAX_SCHEMA_COST) > MAX_SCHEMA_COST)
    return
  const schema = compileSchema(spec.inputSchema)
  if (!schema.check(input))
    throw validationError(`The input of ${operationId}`, schema.errors(input))
}

/** Never rejects: everything goes to the sink. */
async function run(
  call: ProvidedCall,
  { handler }: IOperationDefinition,
  client: Pick<HostedClient, 'withoutSecrets'>,
  sink: CallSink,
  span: TraceSpan | undefined,
): Promise<void> {
  const { depth, input } = call.header
  try {
    await inCallScope(depth, async () => {
      const result = (handler as (input: unknown, context: OperationContext) => unknown)(
        input,
        contextOf(call, span?.traceparent),
      )
      if (!isStream(result)) {
        sink.respond((await result) as ResponseEnvelope)
        return
      }
      let room: Promise<void> | undefined
      for await (const item of result) {
        await room
        room = sink.item(item)
      }
      sink.complete()
    })
  } catch (error) {
    span?.end(CallError.from(error).code)
    sink.fail(client.withoutSecrets(error))
  } finally {
    span?.end()
  }
}

/** A span for the request to the outside service. Undefined when its trace is not recorded. */
function startOutsideSpan(
  tracer: Tracer,
  { header, target }: ProvidedCall,
  { _meta: meta }: IOperationDefinition,
): TraceSpan | undefined {
  const tool = target.kind === 'spoke' ? target.name : header.operationId
  // An adapter writes down the server and the tool of MCP.
  const isMcp = typeof meta?.['server'] === 'string'
  const name = isMcp ? `tools/call ${tool}` : tool
  const span = tracer.start(name, 'client', header.traceparent)
  span?.set(TRACE_ATTRIBUTES.RPC_METHOD, tool)
  if (isMcp) span?.set(MCP_ATTRIBUTES.METHOD, 'tools/call')
  return span
}

function isStream(value: unknown): value is AsyncIterable<ResponseEnvelope> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function contextOf(
  { header, remainingMs, signal }: ProvidedCall,
  traceparent = header.traceparent,
): OperationContext {
  const { callId, principal, depth, idempotencyKey } = header
  return {
    requestId: callId,
    identity: principal,
    signal,
    depth,
    ...(remainingMs !== undefined && { deadline: Date.now() + remainingMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(traceparent !== undefined && { traceparent }),
  }
}
