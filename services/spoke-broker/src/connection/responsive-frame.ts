const MAX_RESPONSIVE_BYTES = 1024
/** A peer that claims more has an unreasonable clock. */
const MAX_BLOCKED_MS = 3_600_000

/** What a `hub.responsive` frame says; one without a valid payload says that the peer takes frames. */
export function blockedSince(data: Buffer): number | undefined {
  if (data.length > MAX_RESPONSIVE_BYTES) return undefined
  const { payload } = JSON.parse(data.toString('utf8')) as { payload?: unknown }
  const { responsive, blockedMs } = (payload ?? {}) as Record<string, unknown>
  if (responsive !== false) return undefined
  const ms =
    typeof blockedMs === 'number' && blockedMs >= 0 ? Math.min(blockedMs, MAX_BLOCKED_MS) : 0
  return performance.now() - ms
}
