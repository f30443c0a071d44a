import type { OperationContext, OperationRegistry } from '@alkdev/operations'
import type { CallSink, ProvidedCall } from '../types.ts'

/** Runs a call in a registry of this process. Access and input are checked there. Never throws: all goes to the sink. */
export function runService(registry: OperationRegistry, call: ProvidedCall, sink: CallSink): void {
  sink.started()
  const context: OperationContext = {
    requestId: call.callId,
    identity: call.principal,
    signal: call.signal,
    ...(call.parentCallId === undefined ? {} : { parentRequestId: call.parentCallId }),
    ...(call.timeoutMs === undefined ? {} : { deadline: Date.now() + call.timeoutMs }),
    ...(call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }),
    ...(call.metadata === undefined ? {} : { metadata: call.metadata }),
  }
  if (call.spec.type === 'subscription') {
    void stream(registry, call, context, sink)
    return
  }
  registry.execute(call.operationId, call.input, context).then(
    (envelope) => sink.respond(envelope),
    (error: unknown) => sink.fail(error),
  )
}

async function stream(
  registry: OperationRegistry,
  call: ProvidedCall,
  context: OperationContext,
  sink: CallSink,
): Promise<void> {
  try {
    for await (const envelope of registry.subscribe(call.operationId, call.input, context)) {
      await sink.item(envelope)
    }
    sink.complete()
  } catch (error) {
    sink.fail(error)
  }
}
