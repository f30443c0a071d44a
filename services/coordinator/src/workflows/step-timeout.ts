import { isBuiltIn } from './built-in-steps.ts'
import type { RunWork } from './run-work.ts'

/** Milliseconds for a call of the step, and whether that is so long that it is a queued call. */
export function stepTimeout(
  { runtime, state: { root } }: RunWork,
  nodeKey: string,
): { readonly timeoutMs: number; readonly isQueued: boolean } {
  const { limits } = runtime.config
  const { timeoutMs: asked = limits.callTimeoutMs, operationId } = root.getAttributes(nodeKey)
  const timeoutMs = Math.min(asked, limits.maxCallTimeoutMs)
  const isCall = operationId !== undefined && !isBuiltIn(operationId)
  return { timeoutMs, isQueued: isCall && timeoutMs > limits.callTimeoutMs }
}
