import {
  callHash,
  CallError,
  matchesResource,
  ownNameOf,
  RESOURCE_META,
  resourceOf,
  rulesDecision,
  schemaHash,
} from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { sharedNow, storableText, uuidv7 } from '@alkdev/std'
import { askApproval, askOthers, getApproval } from '@alkdev/storage'
import type { ApprovalRow, Db } from '@alkdev/storage'
import {
  askedSession,
  holdToolCall,
  inTurn,
  listSessionPermissions,
  TURN_SUBJECT,
} from '@alkdev/storage/sessions'
import type { AskedSession, SessionClaim, OpenToolCall } from '@alkdev/storage/sessions'
import type { ExactCall } from '../../approvals/allows-call.ts'
import type { TurnRights } from '../turn/turn-rights.ts'
import { findAsked, isAnswerable } from './ask-above.ts'
import type { AskAboveOptions } from './ask-above.ts'

const MAX_QUESTION = 4000

export interface PermitOptions extends AskAboveOptions {
  readonly claim: SessionClaim
  readonly orgId: string | null
  readonly turnId: string
  readonly onWritten: () => void
  /** An approval was stored, or is asked of others now. */
  readonly onAsked: (approval: ApprovalRow, event?: 'raised') => void
}

export type Permission =
  | { readonly kind: 'allowed'; readonly identity: Identity }
  | { readonly kind: 'denied'; readonly error: CallError }
  | { readonly kind: 'waiting' | 'left' }

/**
 * What the roles of the session say of a tool call: the identity with which it is made, why it is denied, or that it waits for an approval of exactly this
 * call, which is then asked for: of the sessions above that could make it, one after the other, then of persons. `left`: another process has the session.
 */
export async function permitToolCall(
  options: PermitOptions,
  call: OpenToolCall,
  spec: OperationSpec,
  input: unknown,
  { identity, granted }: Pick<TurnRights, 'identity' | 'granted'>,
): Promise<Permission> {
  const operationId = call.operationName ?? ''
  const decision = rulesDecision(identity.rules ?? [], spec, operationId, input)
  if (decision === 'allow') return { kind: 'allowed', identity }
  if (decision === 'deny') return denied(`The role of the session does not allow ${operationId}.`)
  const exact = { operationId, input }
  const hash = callHash(operationId, input)
  const allowed = { kind: 'allowed', identity: { ...identity, approvedCall: hash } } as const
  if (await isPermitted(options, operationId, spec, input)) return allowed
  const { db } = options.runtime
  const approval = call.approvalId === null ? undefined : await getApproval(db, call.approvalId)
  const isSame =
    approval?.inputHash === hash && approval.schemaHash === schemaHash(spec.inputSchema)
  if (approval === undefined || !isSame || approval.status === 'withdrawn')
    return ask(options, call, spec, { exact, hash, caller: granted })
  if (approval.status === 'open') {
    const asked = askedSession(call)
    return keepAsking(options, call, { approval, asked, exact, caller: granted })
  }
  if (approval.decision === 'allow') return allowed
  if (approval.status === 'expired') return denied('No answer came in time; the call is denied.')
  const by = approval.answeredBySession === null ? 'A person' : 'A session above'
  return denied(`${by} denied the call.${approval.answer === null ? '' : ` ${approval.answer}`}`)
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
  options: PermitOptions,
  call: OpenToolCall,
  spec: OperationSpec,
  { exact, hash, caller }: { exact: ExactCall; hash: string; caller: Identity },
): Promise<Permission> {
  const { runtime, claim, session, orgId, turnId, onAsked, onWritten } = options
  const { operationId, input } = exact
  const { accountId } = session
  if (accountId === null) return denied('The session has no account that could be asked.')
  const resource = resourceOf(spec, input)
  const asked = await findAsked(options, session.id, exact)
  const stored = await inTurn(runtime.db, claim, async (tx) => {
    const { approval } = await askApproval(tx, {
      id: uuidv7(),
      kind: 'tool',
      subject: { type: TURN_SUBJECT, id: turnId },
      question: questionOf(session.title, operationId, resource),
      details: {
        sessionId: session.id,
        toolCallId: call.id,
        operationId,
        input,
        // What a person allows for the session: null for an operation that has no resources.
        resource: resource ?? (spec._meta?.[RESOURCE_META] === undefined ? null : undefined),
      },
      operation: { name: operationId, schemaHash: schemaHash(spec.inputSchema), inputHash: hash },
      accountId,
      orgId: orgId ?? undefined,
      sessionId: session.id,
      askedOf: askedOf(asked),
    })
    await holdToolCall(tx, call, approval.id, asked)
    return approval
  })
  if (stored.kind === 'lost') return { kind: 'left' }
  onAsked(stored.value)
  onWritten()
  return keepAsking(options, call, { approval: stored.value, asked, exact, caller })
}

/** For `approvals.asked_of`: an empty list stands for persons. */
function askedOf(asked: AskedSession | undefined): readonly string[] {
  return asked === undefined ? [] : [`session:${asked.sessionId}`]
}

interface Asking {
  readonly approval: ApprovalRow
  /** The session that is asked; undefined: persons are. */
  readonly asked: AskedSession | undefined
  readonly exact: ExactCall
  /** With whose rights the question is sent. */
  readonly caller: Identity
}

/**
 * Sees to it that the session which is asked has the question. When its time is over, or it will not answer, the next one above is asked, and at the end persons
 * are. The message goes out after the commit: a process that ends in between leaves it to the next one.
 */
async function keepAsking(
  options: PermitOptions,
  call: OpenToolCall,
  { approval, asked: first, exact, caller }: Asking,
): Promise<Permission> {
  const { runtime, claim, turnId, onAsked, onWritten } = options
  let asked = first
  while (asked !== undefined) {
    // oxlint-disable no-await-in-loop -- one session above the other
    const isInTime = sharedNow() < asked.until
    if (isInTime && (await isAnswerable(options, asked, approval, { call: exact, caller }))) break
    const next = await findAsked(options, asked.sessionId, exact)
    const raise = async (tx: Db): Promise<ApprovalRow | undefined> => {
      const row = await askOthers(tx, approval.id, askedOf(next))
      if (row !== undefined) await holdToolCall(tx, call, approval.id, next)
      return row
    }
    const subject = { type: TURN_SUBJECT, id: turnId }
    const stored = await inTurn(runtime.db, claim, raise, subject)
    // oxlint-enable no-await-in-loop
    if (stored.kind === 'lost') return { kind: 'left' }
    // It has just been answered: that wakes the turn.
    if (stored.value === undefined) break
    onAsked(stored.value, 'raised')
    onWritten()
    asked = next
  }
  return { kind: 'waiting' }
}

/**
 * The question of an approval, in one line. The resource is what a model wrote: it may have characters that cannot be stored, any length, and line breaks behind which it
 * would look like the text of the hub.
 */
export function questionOf(title: string, operationId: string, resource?: string): string {
  const on = resource === undefined ? '' : ` on ${inOneLine(resource)}`
  const question = `May the session "${title}" call ${operationId}${on}?`
  return storableText(question.slice(0, MAX_QUESTION))
}

/** As it is, or as JSON when it has line breaks. */
function inOneLine(text: string): string {
  return /[\n\r\u0085\u2028\u2029]/.test(text)
    ? JSON.stringify(text).replaceAll(/[\u0085\u2028\u2029]/g, ' ')
    : text
}
