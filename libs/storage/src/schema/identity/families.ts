/** What an account may do to the deployment itself. */
export const AccessLevel = { ADMIN: 'admin', USER: 'user', SERVICE: 'service' } as const
export type AccessLevel = (typeof AccessLevel)[keyof typeof AccessLevel]

/** Who stands behind an account. */
export const AccountKind = { HUMAN: 'human', SERVICE: 'service', LLM: 'llm' } as const
export type AccountKind = (typeof AccountKind)[keyof typeof AccountKind]

/** Only `active` accounts authenticate. Deactivated ones stay: audit rows and ownership point at them. */
export const AccountStatus = {
  ACTIVE: 'active',
  SUSPENDED: 'suspended',
  DEACTIVATED: 'deactivated',
} as const
export type AccountStatus = (typeof AccountStatus)[keyof typeof AccountStatus]

export const MembershipLevel = { OWNER: 'owner', ADMIN: 'admin', MEMBER: 'member' } as const
export type MembershipLevel = (typeof MembershipLevel)[keyof typeof MembershipLevel]

/** What became of an offer of membership. */
export const InvitationStatus = {
  PENDING: 'pending',
  ACCEPTED: 'accepted',
  DECLINED: 'declined',
  WITHDRAWN: 'withdrawn',
  EXPIRED: 'expired',
} as const
export type InvitationStatus = (typeof InvitationStatus)[keyof typeof InvitationStatus]

/** How an audited action ended. */
export const AuditResult = { SUCCESS: 'success', DENIED: 'denied', FAILURE: 'failure' } as const
export type AuditResult = (typeof AuditResult)[keyof typeof AuditResult]
