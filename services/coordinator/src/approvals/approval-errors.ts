import { CallError } from '@alkdev/operations'
import type { ApprovalRow } from '@alkdev/storage'

/** The same for an approval that does not exist and for one that the caller may not see. */
export function approvalNotFound(approvalId: string): CallError {
  return new CallError(
    'APPROVAL_NOT_FOUND',
    `There is no approval ${approvalId}.`,
    { approvalId },
    { httpStatus: 404 },
  )
}

/** Why an approval that has ended cannot be answered. */
export function approvalEnded(approval: ApprovalRow): CallError {
  const { id: approvalId, status, decision, answeredBy, answeredBySession, endedAt } = approval
  const decided = decision === null ? {} : { decision }
  if (status === 'answered') {
    const by = {
      ...(answeredBy !== null && { answeredBy }),
      ...(answeredBySession !== null && { answeredBySession }),
    }
    const at = endedAt === null ? {} : { answeredAt: endedAt.toISOString() }
    return new CallError(
      'APPROVAL_ANSWERED',
      `The approval was answered with ${decision ?? 'nothing'} already.`,
      { approvalId, ...decided, ...by, ...at },
      { httpStatus: 409 },
    )
  }
  const message =
    status === 'withdrawn'
      ? 'What asked needs no answer any more.'
      : `The deadline of the approval is over; its default is ${decision ?? 'deny'}.`
  return new CallError(
    'APPROVAL_EXPIRED',
    message,
    { approvalId, status, ...decided },
    { httpStatus: 410 },
  )
}
