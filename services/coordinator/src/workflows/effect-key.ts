import { createHash } from 'node:crypto'

/**
 * The idempotency key of one effect of a step: the same for every call that may have had it, in every process, and another one for another step, item of a Map,
 * run, or repetition after a failure that is certain.
 */
export function effectKey(runId: string, nodeKey: string, effect: number): string {
  const step = createHash('sha256').update(nodeKey).digest('base64url').slice(0, 22)
  return `workflow:${runId}:${step}:${effect}`
}
