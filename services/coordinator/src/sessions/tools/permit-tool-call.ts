import type { ServiceRuntime } from '@alkdev/service'
import {
  callHash,
  CallError,
  matchesResource,
  ownNameOf,
  resourceOf,
  rulesDecision,
  schemaHash,
} from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { storableText, uuidv7 } from '@alkdev/std'
import { askApproval, getApproval } from '@alkdev/storage'
import type { ApprovalRow } from '@alkdev/storage'
import {
  holdToolCall,
  inTurn,
  listSessionPermissions,
  TURN_SUBJECT,
} from '@alkdev/storage/sessions'
import type { SessionClaim, SessionRow, OpenToolCall } from '@alkdev/storage/sessions'

const MAX_QUESTION = 4000

export interface PermitOptions {
  readonly runtime: Pick<ServiceRuntime<'coordinator'>, 'db'>
  readonly claim: SessionClaim
  readonly session: SessionRow
  readonly orgId: string | null
  readonly turnId: string
  readonly onWritten: () => void
  readonly onAsked: (approval: ApprovalRow) => void
}

export type Permission =
  | { readonly kind: 'allowed'; readonly identity: Identity }
  | { readonly kind: 'denied'; readonly error: CallError }
  | { readonly kind: 'waiting' | 'left' }

/**
 * What the roles of the session say of a tool call: the identity with which it is made, why it is denied, or that it waits for an approval of exactly this
 * call, which is then asked for. `left`: another process has the session.
 */
export async function permitToolCall(
  options: PermitOptions,
  call: OpenToolCall,
  spec: OperationSpec,
  input: unknown,
  identity: Identity,
): Promise<Permission> {
  const operationId = call.operationName ?? ''
  const decision = rulesDecision(identity.rules ?? [], spec, operationId, input)
  if (decision === 'allow') return { kind: 'allowed', identity }
  if (decision === 'deny') return denied(`The role of the session does not allow ${operationId}.`)
  const hash = callHash(operationId, input)
  const allowed = { kind: 'allowed', identity: { ...identity, approvedCall: hash } } as const
  if (await isPermitted(options, operationId, spec, input)) return allowed
  const { db } = options.runtime
  const approval = call.approvalId === null ? undefined : await getApproval(db, call.approvalId)
  const isSame =
    approval?.inputHash === hash && approval.schemaHash === schemaHash(spec.inputSchema)
  if (approval === undefined || !isSame || approval.status === 'withdrawn')
    return ask(options, call, spec, operationId, input, hash)
  if (approval.status === 'open') return { kind: 'waiting' }
  if (approval.decision === 'allow') return allowed
  if (approval.status === 'expired')
    return denied('No person answered in time; the call is denied.')
  return denied(`A person denied the call.${approval.answer === null ? '' : ` ${approval.answer}`}`)
}

function denied(message: string): Permission {
  return { kind: 'denied', error: new CallError('ACCESS_DENIED', message) }
}

/** An approval was given for the rest of the session. */
async function isPermitted(
  { runtime, session }: PermitOptions,
  operationId: string,
  spec: OperationSpec,
  input: unknown,
): Promise<boolean> {
  const resource = resourceOf(spec, input)
  const permissions = await listSessionPermissions(runtime.db, session.id)
  return permissions.some((permission) => covers(permission, operationId, resource))
}

/** True when a permission covers a call. It holds for the operation of one spoke, and for none of the same own name of another spoke. */
export function covers(
  { operationName, pattern }: { readonly operationName: string; readonly pattern: string },
  operationId: string,
  resource: string | undefined,
): boolean {
  return (
    operationName === operationId &&
    matchesResource(pattern, ownNameOf(operationId), resource, true)
  )
}

async function ask(
  { runtime, claim, session, orgId, turnId, onAsked, onWritten }: PermitOptions,
  call: OpenToolCall,
  spec: OperationSpec,
  operationId: string,
  input: unknown,
  inputHash: string,
): Promise<Permission> {
  const { accountId } = session
  if (accountId === null) return denied('The session has no account that could be asked.')
  const resource = resourceOf(spec, input)
  const asked = await inTurn(runtime.db, claim, async (tx) => {
    const { approval } = await askApproval(tx, {
      id: uuidv7(),
      kind: 'tool',
      subject: { type: TURN_SUBJECT, id: turnId },
      question: questionOf(session.title, operationId, resource),
      details: { sessionId: session.id, toolCallId: call.id, operationId, input },
      operation: { name: operationId, schemaHash: schemaHash(spec.inputSchema), inputHash },
      accountId,
      orgId: orgId ?? undefined,
      sessionId: session.id,
    })
    await holdToolCall(tx, call, approval.id)
    return approval
  })
  if (asked.kind === 'lost') return { kind: 'left' }
  onAsked(asked.value)
  onWritten()
  return { kind: 'waiting' }
}

/** The question of an approval. The resource is what a model wrote: it may have characters that cannot be stored, and any length. */
export function questionOf(title: string, operationId: string, resource?: string): string {
  const on = resource === undefined ? '' : ` on ${resource}`
  const question = `May the session "${title}" call ${operationId}${on}?`
  return storableText(question.slice(0, MAX_QUESTION))
}
