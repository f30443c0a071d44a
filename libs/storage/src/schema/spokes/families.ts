import type { OperationSpec } from '@alkdev/operations'

/** `suspended`: its socket was lost; it has 15 seconds to return. */
export const SpokeStatus = {
  CONNECTED: 'connected',
  SUSPENDED: 'suspended',
  DISCONNECTED: 'disconnected',
} as const
export type SpokeStatus = (typeof SpokeStatus)[keyof typeof SpokeStatus]

export const ProviderType = { SPOKE: 'spoke', CLIENT: 'client' } as const
export type ProviderType = (typeof ProviderType)[keyof typeof ProviderType]

/** `quarantined`: offered under its pinned name only, since the pool's schema does not take it. */
export const RegistrationStatus = {
  ACTIVE: 'active',
  QUARANTINED: 'quarantined',
  INACTIVE: 'inactive',
} as const
export type RegistrationStatus = (typeof RegistrationStatus)[keyof typeof RegistrationStatus]

export const RetryClass = {
  SAFE: 'safe',
  KEYED: 'keyed',
  NEVER: 'never',
} as const satisfies Record<string, OperationSpec['retry']>
export type RetryClass = (typeof RetryClass)[keyof typeof RetryClass]

export const RecordMode = {
  AFTER: 'after',
  BEFORE_REPLY: 'before-reply',
} as const satisfies Record<string, OperationSpec['record']>
export type RecordMode = (typeof RecordMode)[keyof typeof RecordMode]
