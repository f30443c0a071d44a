import type { Invitation, Member, MemberRef, Organization, OrgRef } from '@alkdev/contracts'
import { operationCommand, facts, listCommand } from '../../hub/operation-command.ts'
import type { InputPositional } from '../../hub/operation-command.ts'
import type { NameOf } from '../../hub/names.ts'
import { invitationIdOf } from '../../hub/id-resolvers.ts'
import { accountIdOf, orgIdOf } from '../../hub/resolve.ts'
import { shortTime } from '../../input/times.ts'

const org: InputPositional = {
  member: 'orgId',
  question: 'Which organization?',
  fix: 'Its id and name are shown by `alkhub orgs list`.',
  resolve: orgIdOf,
}

const member: InputPositional = {
  member: 'accountId',
  question: 'Which account?',
  fix: 'Its id and address are shown by `alkhub accounts list`.',
  resolve: accountIdOf,
}

const show = (one: Organization): string =>
  facts({
    id: one.orgId,
    name: one.name,
    title: one.displayName,
    owner: one.ownerId,
    'you are': one.membershipLevel ?? 'no member',
    made: shortTime(one.createdAt),
  })

export const list = listCommand<Organization>({
  operationId: 'orgs.list',
  usage: '[options]',
  summary: 'Lists the organizations that you are a member of, by name.',
  inputs: {
    all: { type: 'boolean', member: 'all', summary: 'All organizations. For admins.' },
  },
  headings: ['id', 'name', 'title', 'you are', 'owner', 'made'],
  names: ['account'],
  row: (one, nameOf) => [
    one.orgId,
    one.name,
    one.displayName,
    one.membershipLevel ?? '-',
    nameOf(one.ownerId),
    shortTime(one.createdAt),
  ],
  none: 'No organizations. Create one with `alkhub orgs create NAME`.',
})

export const get = operationCommand<Organization>({
  operationId: 'orgs.get',
  usage: 'ORG [options]',
  summary: 'Shows one organization. ORG is its id or name, here and below.',
  positionals: [org],
  say: show,
})

export const create = operationCommand<Organization>({
  operationId: 'orgs.create',
  usage: 'NAME [options]',
  summary: 'Creates an organization that you own.',
  positionals: [
    {
      member: 'name',
      question: 'What is it called?',
      fix: 'Use lower case: `alkhub orgs create team`.',
    },
  ],
  inputs: {
    title: { type: 'string', value: 'TEXT', member: 'displayName', summary: 'Its name in full.' },
  },
  say: (made) => `Made ${made.name} (${made.orgId}).`,
})

export const remove = operationCommand<OrgRef>({
  operationId: 'orgs.delete',
  usage: 'ORG [options]',
  summary: 'Deletes an organization that has neither projects nor outside services. For its owner.',
  positionals: [org],
  say: ({ orgId }) => `Ended ${orgId}.`,
})

export const members = listCommand<Member>({
  operationId: 'orgs.listMembers',
  usage: 'ORG [options]',
  summary: 'Lists the members of an organization, in the order in which they joined.',
  positionals: [org],
  headings: ['account', 'name', 'level', 'since'],
  names: ['account'],
  row: (one, nameOf) => [
    nameOf(one.accountId),
    one.displayName,
    one.membershipLevel,
    shortTime(one.since),
  ],
  none: 'No members.',
})

const inviting = {
  usage: 'ORG ACCOUNT [options]',
  summary:
    'Invites an account, given by its id or, if you may see it, its e-mail address. It becomes a member when it accepts within 7 days. For owner and admins; only the owner invites admins.',
  positionals: [org, member],
  inputs: {
    level: {
      type: 'string',
      value: 'LEVEL',
      member: 'membershipLevel',
      summary: 'member (default) or admin.',
    },
  },
  names: ['account'],
  say: (one: Invitation, nameOf: NameOf, alkhub: string) =>
    `Invited ${nameOf(one.accountId)} to ${one.orgName} as ${one.membershipLevel}. The account joins with \`${alkhub} orgs accept ${one.invitationId}\`, until ${shortTime(one.expiresAt)}.`,
} as const

export const invite = operationCommand<Invitation>({ ...inviting, operationId: 'orgs.invite' })

export const addMember = operationCommand<Invitation>({
  ...inviting,
  operationId: 'orgs.addMember',
})

export const invitations = listCommand<Invitation>({
  operationId: 'orgs.listInvitations',
  usage: '[options]',
  summary: 'Lists pending invitations, oldest first.',
  inputs: {
    org: {
      type: 'string',
      value: 'ORG',
      member: 'orgId',
      summary: 'Those that this organization made (default: those that you received).',
      resolve: orgIdOf,
    },
  },
  headings: ['id', 'organization', 'account', 'level', 'invited by', 'until'],
  names: ['account'],
  row: (one, nameOf) => [
    one.invitationId,
    one.orgName,
    nameOf(one.accountId),
    one.membershipLevel,
    nameOf(one.invitedBy),
    shortTime(one.expiresAt),
  ],
  none: 'No pending invitations.',
})

const invitation: InputPositional = {
  member: 'invitationId',
  question: 'Which invitation?',
  fix: 'Its id is shown by `alkhub orgs invitations`.',
  resolve: invitationIdOf,
}

export const accept = operationCommand<Invitation>({
  operationId: 'orgs.accept',
  usage: 'INVITATION [options]',
  summary:
    'Makes you a member: you can use the spokes and projects of the organization, and its members see your account.',
  positionals: [invitation],
  say: (one) => `Joined ${one.orgName} as ${one.membershipLevel}.`,
})

export const decline = operationCommand<Invitation>({
  operationId: 'orgs.decline',
  usage: 'INVITATION [options]',
  summary: 'Declines an invitation that you received.',
  positionals: [invitation],
  say: (one) => `Declined the invitation to ${one.orgName}.`,
})

export const withdraw = operationCommand<Invitation>({
  operationId: 'orgs.withdraw',
  usage: 'INVITATION [options]',
  summary:
    'Withdraws an invitation that has not been accepted yet. For the owner and admins of the organization.',
  positionals: [invitation],
  names: ['account'],
  say: (one, nameOf) => `Withdrew the invitation of ${nameOf(one.accountId)} to ${one.orgName}.`,
})

export const removeMember = operationCommand<MemberRef>({
  operationId: 'orgs.removeMember',
  usage: 'ORG ACCOUNT [options]',
  summary:
    'Removes a member; takes effect within a second. For the owner and admins, and for yourself.',
  positionals: [org, member],
  names: ['account'],
  say: ({ accountId }, nameOf) => `Removed ${nameOf(accountId)}.`,
})

export const transfer = operationCommand<Organization>({
  operationId: 'orgs.transferOwnership',
  usage: 'ORG ACCOUNT [options]',
  summary: 'Transfers an organization to one of its members; you stay an admin. For the owner.',
  positionals: [org, { ...member, question: 'Who is the new owner?' }],
  names: ['account'],
  say: (one, nameOf) => `${one.name} now belongs to ${nameOf(one.ownerId)}.`,
})
