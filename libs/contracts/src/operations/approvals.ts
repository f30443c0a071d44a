import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

const Kind = oneOf(['tool', 'question', 'budget', 'step'])
const Status = oneOf(['open', 'answered', 'expired', 'withdrawn'])
const Decision = oneOf(['allow', 'deny'])

/** A question that must be answered before work continues. */
export const Approval = Type.Object({
  approvalId: Uuid,
  kind: Kind,
  status: Status,
  subject: Type.Object(
    { type: Type.String(), id: Type.String() },
    { description: 'What requests the approval, for instance a `workflow-run`.' },
  ),
  question: Type.String(),
  details: Type.Optional(Type.Unknown({ description: 'Information for the decision.' })),
  operation: Type.Optional(
    Type.Object(
      { operationId: Type.String(), schemaHash: Type.String(), inputHash: Type.String() },
      { description: 'The exact call that the answer is for.' },
    ),
  ),
  accountId: Type.Optional(Uuid),
  orgId: Type.Optional(Uuid),
  sessionId: Type.Optional(Uuid),
  askedOf: Type.Array(Type.String(), {
    description:
      '`account:<id>` and `session:<id>`. Empty: the account and members of the organization with `sessions:approve`. A tool call is asked of sessions above it first; the account and these members may answer meanwhile.',
  }),
  mayAnswer: Type.Boolean({ description: 'Whether the caller may answer it now.' }),
  createdAt: Timestamp,
  deadline: Timestamp,
  defaultDecision: Decision,
  decision: Type.Optional(Decision),
  answer: Type.Optional(Type.String()),
  scope: Type.Optional(oneOf(['once', 'session'])),
  resourcePattern: Type.Optional(Type.String()),
  answeredBy: Type.Optional(Uuid),
  answeredBySession: Type.Optional(Uuid),
  endedAt: Type.Optional(Timestamp),
})
export type Approval = Static<typeof Approval>

export const ApprovalRef = Type.Object({ approvalId: Uuid }, closed)
export type ApprovalRef = Static<typeof ApprovalRef>

export const ApprovalsListInput = Type.Object(
  {
    status: Type.Optional(Status),
    kind: Type.Optional(Kind),
    subjectType: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    subjectId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    ...pageInput,
  },
  closed,
)
export type ApprovalsListInput = Static<typeof ApprovalsListInput>

export const ApprovalsAnswerInput = Type.Object(
  {
    approvalId: Uuid,
    decision: Decision,
    answer: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 16_384,
        description: 'The answer to a question, or the reason for the decision.',
      }),
    ),
    scope: Type.Optional(
      Type.Union(
        [
          Type.Literal('once', { description: 'The default.' }),
          Type.Literal('session', {
            description:
              'Also later calls of the operation in the session, whose resource matches `resourcePattern`. Only for `tool`.',
          }),
        ],
        { description: 'What the answer is for.' },
      ),
    ),
    resourcePattern: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  },
  closed,
)
export type ApprovalsAnswerInput = Static<typeof ApprovalsAnswerInput>

const absent = notFound('APPROVAL_NOT_FOUND', 'approval')
const ended = [
  {
    code: 'APPROVAL_ANSWERED',
    description:
      'It has already been answered; the details contain who answered it, when, and the decision.',
    schema: Type.Object({
      decision: Type.Optional(Decision),
      answeredBy: Type.Optional(Uuid),
      answeredBySession: Type.Optional(Uuid),
      answeredAt: Type.Optional(Timestamp),
    }),
    httpStatus: 409,
  },
  {
    code: 'APPROVAL_EXPIRED',
    description:
      'Its deadline has passed and its default decision applies, or the answer is no longer needed.',
    schema: Type.Object({ status: Status, decision: Type.Optional(Decision) }),
    httpStatus: 410,
  },
] as const

export const approvalsOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('approvals.list', {
      title: 'List approvals',
      description:
        'Approvals of the account, those that it was asked to answer and, with `sessions:read` or `sessions:approve`, those of its organizations, newest first.',
      input: ApprovalsListInput,
      output: page(Approval),
    }),
  },
  {
    service: 'coordinator',
    spec: query('approvals.get', {
      title: 'One approval',
      description:
        'An approval that `approvals.list` shows. A session also gets those of sessions below it.',
      input: ApprovalRef,
      output: Approval,
      errors: absent,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('approvals.answer', {
      title: 'Answer an approval',
      description:
        'Answers an approval; only the first answer is accepted. For the account that owns it, the members of its organization, or the accounts or the session that were asked. A session answers for one call, which its own rules and rights must allow. Refused from within another call.',
      input: ApprovalsAnswerInput,
      output: Approval,
      scopes: [SCOPES.SESSIONS_APPROVE],
      errors: [...absent, ...ended],
    }),
  },
]
