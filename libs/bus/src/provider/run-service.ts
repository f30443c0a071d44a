import type { OperationContext, OperationRegistry } from '@alkdev/operations'
import type { CallSink, ProvidedCall } from '../provided-call.ts'

/** Runs a call in a registry of this process, which checks access and input. Never throws: everything goes to the sink. */
export function runService(registry: OperationRegistry, call: ProvidedCall, sink: CallSink): void {
  sink.started()
  const { header } = call
  const context = contextOf(call)
  if (call.spec.type === 'subscription') {
    void stream(registry, call, context, sink)
    return
  }
  registry.execute(header.operationId, header.input, context).then(
    (envelope) => sink.respond(envelope),
    (error: unknown) => sink.fail(error),
  )
}

function contextOf({ header, remainingMs, signal }: ProvidedCall): OperationContext {
  const { callId, principal, depth, parentCallId, idempotencyKey, traceparent, metadata } = header
  return {
    requestId: callId,
    identity: principal,
    signal,
    depth,
    ...(parentCallId !== undefined && { parentRequestId: parentCallId }),
    ...(remainingMs !== undefined && { deadline: Date.now() + remainingMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(traceparent !== undefined && { traceparent }),
    ...(metadata !== undefined && { metadata }),
  }
}

async function stream(
  registry: OperationRegistry,
  { header }: ProvidedCall,
  context: OperationContext,
  sink: CallSink,
): Promise<void> {
  try {
    let room: Promise<void> | undefined
    for await (const envelope of registry.subscribe(header.operationId, header.input, context)) {
      // It waits before the next item, so that the end of a stream needs no credit.
      await room
      room = sink.item(envelope)
    }
    sink.complete()
  } catch (error) {
    sink.fail(error)
  }
}
