import type { OperationRegistry } from './registry.ts'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'
import type { OperationContext } from './types.ts'

/** As `registry.subscribe`: the items of a subscription in this process. The checks are made at the first `next()`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- callers name both, as the published signature has it
export function subscribe<Input = unknown, Output = unknown>(
  registry: OperationRegistry,
  operationId: string,
  input: Input,
  context: OperationContext = {},
): AsyncGenerator<ResponseEnvelope<Output>, void, unknown> {
  return registry.subscribe<Input, Output>(operationId, input, context)
}
