/** Each topic has a counter of its own. */
export const ChangeTopic = { REGISTRY: 'registry', IDENTITY: 'identity' } as const
export type ChangeTopic = (typeof ChangeTopic)[keyof typeof ChangeTopic]

/** What kind of thing the subject ids of a change are. */
export const ChangeKind = {
  SPOKE: 'spoke',
  SPOKE_REMOVED: 'spoke-removed',
  SERVICE: 'service',
  CLIENT: 'client',
  KEY: 'key',
  ACCOUNT: 'account',
  MEMBERSHIP: 'membership',
  ORGANIZATION: 'organization',
  ROLE: 'role',
  GRANT: 'grant',
} as const
export type ChangeKind = (typeof ChangeKind)[keyof typeof ChangeKind]
