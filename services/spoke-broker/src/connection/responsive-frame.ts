const MAX_RESPONSIVE_BYTES = 1024
/** A peer that reports more has a wrong clock. */
const MAX_BLOCKED_MS = 3_600_000

/** The content of a `hub.responsive` frame; one without a valid payload counts as responsive. */
export function blockedSince(data: Buffer): number | undefined {
  if (data.length > MAX_RESPONSIVE_BYTES) return undefined
  const { payload } = JSON.parse(data.toString('utf8')) as { payload?: unknown }
  const { responsive, blockedMs } = (payload ?? {}) as Record<string, unknown>
  if (responsive !== false) return undefined
  const ms =
    typeof blockedMs === 'number' && blockedMs >= 0 ? Math.min(blockedMs, MAX_BLOCKED_MS) : 0
  return performance.now() - ms
}
