import type { Bus } from '@alkdev/bus'
import { SCOPES, SECRET_OUTPUT } from '@alkdev/contracts'
import { coversScope, holdsSecrets } from '@alkdev/operations'
import { offerOf } from '../native/native-offer.ts'
import { LONG_CALL_MS } from '../routes/messages.ts'
import type { OperationRequest } from '../tools/call-operation.ts'
import type { ToolCall } from '../tools/tool.ts'

/**
 * Whether a call is queued and answered with a task: its client takes tasks, the key may queue calls, and the call may take longer than 30 s or its
 * operation says that it takes long (`_meta.mcp.task`). What the queue does not take (subscriptions, secrets) is called at once.
 */
export async function runsAsTask(
  bus: Pick<Bus, 'lookUp'>,
  { operationId, deadlineMs = 0 }: OperationRequest,
  call: Pick<ToolCall, 'authenticated' | 'takesTasks'>,
): Promise<boolean> {
  const { identity } = call.authenticated
  if (call.takesTasks !== true || !coversScope(identity.scopes, SCOPES.CALLS_ENQUEUE)) return false
  const spec = (await bus.lookUp(operationId, identity))?.spec
  if (spec === undefined || spec.type === 'subscription') return false
  if (holdsSecrets(spec) || spec._meta?.[SECRET_OUTPUT] === true) return false
  return deadlineMs > LONG_CALL_MS || offerOf(spec).task === true
}
