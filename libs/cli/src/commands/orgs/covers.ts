import type { Invitation, Member, MemberRef, Organization, OrgRef } from '@alkdev/contracts'
import { actCover, facts, listCover } from '../../hub/cover.ts'
import type { AccountOf, InputPositional } from '../../hub/cover.ts'
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

export const list = listCover<Organization>({
  operationId: 'orgs.list',
  usage: '[options]',
  summary: 'Lists the organizations that you are a member of, by name.',
  inputs: {
    all: { type: 'boolean', member: 'all', summary: 'All organizations. For admins.' },
  },
  headings: ['id', 'name', 'title', 'you are', 'owner', 'made'],
  namesAccounts: true,
  row: (one, accountOf) => [
    one.orgId,
    one.name,
    one.displayName,
    one.membershipLevel ?? '-',
    accountOf(one.ownerId),
    shortTime(one.createdAt),
  ],
  none: 'No organizations. Found one with `alkhub orgs create NAME`.',
})

export const get = actCover<Organization>({
  operationId: 'orgs.get',
  usage: 'ORG [options]',
  summary: 'Shows one organization. ORG is its id or name, here and below.',
  positionals: [org],
  say: show,
})

export const create = actCover<Organization>({
  operationId: 'orgs.create',
  usage: 'NAME [options]',
  summary: 'Founds an organization that you own.',
  positionals: [
    {
      member: 'name',
      question: 'What is it called?',
      fix: 'Name it in small letters: `alkhub orgs create team`.',
    },
  ],
  inputs: {
    title: { type: 'string', value: 'TEXT', member: 'displayName', summary: 'Its name in full.' },
  },
  say: (made) => `Founded ${made.name} (${made.orgId}).`,
})

export const remove = actCover<OrgRef>({
  operationId: 'orgs.delete',
  usage: 'ORG [options]',
  summary: 'Ends an organization that has neither projects nor outside services. For its owner.',
  positionals: [org],
  say: ({ orgId }) => `Ended ${orgId}.`,
})

export const members = listCover<Member>({
  operationId: 'orgs.listMembers',
  usage: 'ORG [options]',
  summary: 'Lists who belongs to an organization, longest first.',
  positionals: [org],
  headings: ['account', 'name', 'level', 'since'],
  namesAccounts: true,
  row: (one, accountOf) => [
    accountOf(one.accountId),
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
  namesAccounts: true,
  say: (one: Invitation, accountOf: AccountOf) =>
    `Invited ${accountOf(one.accountId)} to ${one.orgName} as ${one.membershipLevel}. The account joins with \`alkhub orgs accept ${one.invitationId}\`, until ${shortTime(one.expiresAt)}.`,
} as const

export const invite = actCover<Invitation>({ ...inviting, operationId: 'orgs.invite' })

export const addMember = actCover<Invitation>({ ...inviting, operationId: 'orgs.addMember' })

export const invitations = listCover<Invitation>({
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
  namesAccounts: true,
  row: (one, accountOf) => [
    one.invitationId,
    one.orgName,
    accountOf(one.accountId),
    one.membershipLevel,
    accountOf(one.invitedBy),
    shortTime(one.expiresAt),
  ],
  none: 'No pending invitations.',
})

const invitation: InputPositional = {
  member: 'invitationId',
  question: 'Which invitation?',
  fix: 'Its id is shown by `alkhub orgs invitations`.',
}

export const accept = actCover<Invitation>({
  operationId: 'orgs.accept',
  usage: 'INVITATION [options]',
  summary:
    "Makes you a member: the organization's spokes and projects are there for you, and its members see your account.",
  positionals: [invitation],
  say: (one) => `You are ${one.membershipLevel} of ${one.orgName} now.`,
})

export const decline = actCover<Invitation>({
  operationId: 'orgs.decline',
  usage: 'INVITATION [options]',
  summary: 'Declines an invitation that you received.',
  positionals: [invitation],
  say: (one) => `Declined the invitation to ${one.orgName}.`,
})

export const withdraw = actCover<Invitation>({
  operationId: 'orgs.withdraw',
  usage: 'INVITATION [options]',
  summary:
    'Takes an invitation back that has not been accepted yet. For owner and admins of the organization.',
  positionals: [invitation],
  namesAccounts: true,
  say: (one, accountOf) =>
    `Withdrew the invitation of ${accountOf(one.accountId)} to ${one.orgName}.`,
})

export const removeMember = actCover<MemberRef>({
  operationId: 'orgs.removeMember',
  usage: 'ORG ACCOUNT [options]',
  summary: 'Removes a member within a second. For owner and admins, and for yourself.',
  positionals: [org, member],
  namesAccounts: true,
  say: ({ accountId }, accountOf) => `Removed ${accountOf(accountId)}.`,
})

export const transfer = actCover<Organization>({
  operationId: 'orgs.transferOwnership',
  usage: 'ORG ACCOUNT [options]',
  summary: 'Hands an organization over to one of its members; you stay as an admin. For the owner.',
  positionals: [org, { ...member, question: 'Who is the new owner?' }],
  namesAccounts: true,
  say: (one, accountOf) => `${one.name} now belongs to ${accountOf(one.ownerId)}.`,
})
