import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'
import { GivenLevel, INVITE } from './invitations.ts'
import { MembershipLevelName } from './orgs.ts'

export const Member = Type.Object({
  orgId: Uuid,
  accountId: Uuid,
  displayName: Type.Optional(Type.String()),
  membershipLevel: MembershipLevelName,
  since: Timestamp,
})
export type Member = Static<typeof Member>

export const OrgsListMembersInput = Type.Object({ orgId: Uuid, ...pageInput }, closed)
export type OrgsListMembersInput = Static<typeof OrgsListMembersInput>

export const OrgsSetMembershipInput = Type.Object(
  { orgId: Uuid, accountId: Uuid, membershipLevel: GivenLevel },
  closed,
)
export type OrgsSetMembershipInput = Static<typeof OrgsSetMembershipInput>

export const MemberRef = Type.Object({ orgId: Uuid, accountId: Uuid }, closed)
export type MemberRef = Static<typeof MemberRef>

const errors = [
  ...notFound('ORG_NOT_FOUND', 'organization'),
  ...notFound('MEMBER_NOT_FOUND', 'member'),
]

export const membersOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: query('orgs.listMembers', {
      title: 'List members',
      description:
        'The members of an organization, in the order in which they joined. For its members and admins.',
      input: OrgsListMembersInput,
      output: page(Member),
      scopes: [SCOPES.ORGS_READ],
      errors,
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.addMember', {
      ...INVITE,
      title: 'Invite an account (former name)',
      description: `The same as orgs.invite. ${INVITE.description}`,
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.setMembership', {
      title: "Change a member's level",
      description: 'Changes a member to an admin, or an admin to a member. For the owner.',
      input: OrgsSetMembershipInput,
      output: Member,
      scopes: [SCOPES.ORGS_WRITE],
      errors,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.removeMember', {
      title: 'Remove a member',
      description:
        'Removes a member; it takes effect in every process within a second. For the owner and admins (only the owner removes admins), and for the member itself. The owner cannot be removed.',
      input: MemberRef,
      output: MemberRef,
      scopes: [SCOPES.ORGS_WRITE],
      errors,
      hints: { destructive: true },
    }),
  },
]
