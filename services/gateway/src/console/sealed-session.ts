/** What the cookie of a log-in holds. */
export interface SealedSession {
  readonly keyId: string
  /** The key that logged in. */
  readonly parentKeyId: string
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** The content of a cookie that was opened; undefined for one of another version. */
export function parseSealed(text: string): SealedSession | undefined {
  const { keyId, parentKeyId, expiresAtMs } = JSON.parse(text) as Partial<SealedSession>
  if (typeof keyId !== 'string' || typeof parentKeyId !== 'string') return undefined
  return typeof expiresAtMs === 'number' ? { keyId, parentKeyId, expiresAtMs } : undefined
}
