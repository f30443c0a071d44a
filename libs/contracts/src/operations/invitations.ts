import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

/** `owner` is given by `orgs.transferOwnership` alone. */
export const GivenLevel = oneOf(['admin', 'member'])

/** What both sides see. The invited account is known by its id only until it accepts. */
export const Invitation = Type.Object({
  invitationId: Uuid,
  orgId: Uuid,
  orgName: Type.String(),
  orgDisplayName: Type.Optional(Type.String()),
  accountId: Type.String({ format: 'uuid', description: 'The invited account.' }),
  membershipLevel: GivenLevel,
  invitedBy: Type.String({ format: 'uuid', description: 'The account that invited.' }),
  status: oneOf(['pending', 'accepted', 'declined', 'withdrawn']),
  createdAt: Timestamp,
  expiresAt: Timestamp,
})
export type Invitation = Static<typeof Invitation>

export const OrgsInviteInput = Type.Object(
  { orgId: Uuid, accountId: Uuid, membershipLevel: Type.Optional(GivenLevel) },
  closed,
)
export type OrgsInviteInput = Static<typeof OrgsInviteInput>

export const InvitationAnswerInput = Type.Object(
  {
    invitationId: Type.Optional(Uuid),
    orgId: Type.Optional(
      Type.String({ format: 'uuid', description: 'The pending invitation of this organization.' }),
    ),
  },
  { ...closed, minProperties: 1, maxProperties: 1 },
)
export type InvitationAnswerInput = Static<typeof InvitationAnswerInput>

export const InvitationRef = Type.Object({ invitationId: Uuid }, closed)
export type InvitationRef = Static<typeof InvitationRef>

export const OrgsListInvitationsInput = Type.Object(
  {
    orgId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Those that this organization made. Absent: those that the caller received.',
      }),
    ),
    ...pageInput,
  },
  closed,
)
export type OrgsListInvitationsInput = Static<typeof OrgsListInvitationsInput>

const notOrg = notFound('ORG_NOT_FOUND', 'organization')
const notAccount = notFound('ACCOUNT_NOT_FOUND', 'account')
const notInvitation = notFound('INVITATION_NOT_FOUND', 'pending invitation')

/** `orgs.addMember` is the same operation under its older name. */
export const INVITE = {
  description:
    'Offers an account membership. It becomes a member when it accepts; an invitation ends after 7 days. For owner and admins; only the owner invites admins. At most 100 in 24 hours per organization and per inviting account, 10 for one account.',
  input: OrgsInviteInput,
  output: Invitation,
  scopes: [SCOPES.ORGS_WRITE],
  errors: [...notOrg, ...notAccount],
}

export const invitationsOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: mutation('orgs.invite', { ...INVITE, title: 'Invite an account' }),
  },
  {
    service: 'gateway',
    spec: query('orgs.listInvitations', {
      title: 'List invitations',
      description:
        'Pending invitations, oldest first: those that the caller received, or with `orgId` those of an organization, for its owner and admins.',
      input: OrgsListInvitationsInput,
      output: page(Invitation),
      scopes: [SCOPES.ORGS_READ],
      errors: notOrg,
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.accept', {
      title: 'Accept an invitation',
      description:
        "Makes the caller a member of the organization: its spokes are in the caller's pools, and its members see the caller's account.",
      input: InvitationAnswerInput,
      output: Invitation,
      scopes: [SCOPES.ORGS_WRITE],
      errors: notInvitation,
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.decline', {
      title: 'Decline an invitation',
      description: 'Ends an invitation that the caller received.',
      input: InvitationAnswerInput,
      output: Invitation,
      scopes: [SCOPES.ORGS_WRITE],
      errors: notInvitation,
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.withdraw', {
      title: 'Withdraw an invitation',
      description:
        'Ends an invitation that an organization made. For its owner and admins; only the owner withdraws those of admins.',
      input: InvitationRef,
      output: Invitation,
      scopes: [SCOPES.ORGS_WRITE],
      errors: [...notOrg, ...notInvitation],
    }),
  },
]
