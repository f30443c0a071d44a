import type { OpenToolCall } from '@alkdev/storage/sessions'
import type { ToolOutcome } from './tool-runner.ts'

/**
 * Runs tool calls, some at a time, in their order. True when one of them was left: another process decides about it, or this one stops. When one fails,
 * no further call is started, and the failure is thrown when those that run have ended.
 */
export async function runToolCalls(
  calls: readonly OpenToolCall[],
  concurrency: number,
  run: (call: OpenToolCall) => Promise<ToolOutcome>,
): Promise<boolean> {
  const left = [...calls]
  let isLeft = false
  const failures: unknown[] = []
  const work = async (): Promise<void> => {
    try {
      for (let call = left.shift(); call !== undefined; call = left.shift()) {
        // oxlint-disable-next-line no-await-in-loop -- a few at a time
        if ((await run(call)) === 'left') isLeft = true
      }
    } catch (error) {
      failures.push(error)
      left.length = 0
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, calls.length) }, work))
  if (failures.length > 0) throw failures[0]
  return isLeft
}
