import type { Approval } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import type { ApprovalRow } from '@alkdev/storage'
import { mayAnswerApproval } from '../../approvals/approval-access.ts'

/** An approval as the contract shows it to the identity, which may see it. */
export function approvalView(identity: Identity, row: ApprovalRow): Approval {
  const { operationName, schemaHash, inputHash, endedAt } = row
  return {
    approvalId: row.id,
    kind: row.kind,
    status: row.status,
    subject: { type: row.subjectType, id: row.subjectId },
    question: row.question,
    ...(row.details !== null && { details: JSON.parse(row.details) as unknown }),
    ...(operationName !== null && {
      operation: {
        operationId: operationName,
        schemaHash: schemaHash ?? '',
        inputHash: inputHash ?? '',
      },
    }),
    askedOf: row.askedOf,
    mayAnswer: row.status === 'open' && mayAnswerApproval(identity, row, { isMember: true }),
    createdAt: row.createdAt.toISOString(),
    deadline: row.deadline.toISOString(),
    defaultDecision: row.defaultDecision,
    ...known({
      accountId: row.accountId,
      orgId: row.orgId,
      sessionId: row.sessionId,
      decision: row.decision,
      answer: row.answer,
      scope: row.scope,
      resourcePattern: row.resourcePattern,
      answeredBy: row.answeredBy,
      answeredBySession: row.answeredBySession,
    }),
    ...(endedAt !== null && { endedAt: endedAt.toISOString() }),
  }
}

function known<T extends object>(
  members: T,
): { [Name in keyof T]?: Exclude<T[Name], null | undefined> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  ) as { [Name in keyof T]?: Exclude<T[Name], null | undefined> }
}
