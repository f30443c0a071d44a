import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { query } from './define.ts'

/** What the inbox shows. */
export const INBOX_KINDS = [
  'approval',
  'finding',
  'dead-letter',
  'dead-delivery',
  'expiring-key',
  'health',
] as const

const Kind = oneOf(INBOX_KINDS)

/** Something that waits for a person. */
export const InboxItem = Type.Object({
  kind: Kind,
  id: Type.String({
    description: 'Of the approval, the finding, the queued call, the delivery or the key.',
  }),
  at: Type.String({ format: 'date-time', description: 'When it started to wait.' }),
  title: Type.String(),
  detail: Type.Optional(
    Type.String({
      description:
        'The kind of the approval or finding; of a dead letter the error code, of a delivery why its latest attempt failed, of a key how it begins.',
    }),
  ),
  severity: Type.Optional(oneOf(['low', 'medium', 'high'])),
  deadline: Type.Optional(Timestamp),
  defaultDecision: Type.Optional(
    oneOf(['allow', 'deny'], {
      description: 'Of an approval: what is decided at the deadline without an answer.',
    }),
  ),
  askedOf: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'Of an approval that names them: the accounts and sessions that are asked, `account:<id>` and `session:<id>`.',
    }),
  ),
  slack: Type.Optional(
    Type.Number({
      minimum: 0,
      description:
        'Of what a session waits for that works on a task: by how much the task may take longer without moving the end of its plan. 0: it is on the critical path.',
    }),
  ),
  subject: Type.Optional(Type.Object({ type: Type.String(), id: Type.String() })),
  sessionId: Type.Optional(Uuid),
  accountId: Type.Optional(Uuid),
  orgId: Type.Optional(Uuid),
})
export type InboxItem = Static<typeof InboxItem>

export const InboxListInput = Type.Object(
  {
    kinds: Type.Optional(
      Type.Array(Kind, { minItems: 1, maxItems: 16, description: 'Default: all.' }),
    ),
    order: Type.Optional(
      oneOf(['newest', 'urgent'], {
        description:
          '`urgent`: the nearest deadline first, then what leaves a plan the least `slack`, then what waits longest. Default: `newest`.',
      }),
    ),
    ...pageInput,
  },
  closed,
)
export type InboxListInput = Static<typeof InboxListInput>

export const inboxOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('inbox.list', {
      title: 'List what waits',
      description:
        'What waits for the account, newest first or by urgency: open approvals, open findings, dead letters, reports that no webhook took, with `keys:read` its keys that soon expire, and with `system:read` failed checks of the state of the hub; with `sessions:read` or `sessions:approve` also those of its organizations, except dead letters. A session sees its own approvals, those asked of it, and findings about itself.',
      input: InboxListInput,
      output: page(InboxItem),
    }),
  },
]
