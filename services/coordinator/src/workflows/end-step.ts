import { WORKFLOW_LIMITS } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { RunWork } from './run-work.ts'
import type { OpenCall } from './step-facts.ts'
import { failedStep } from './step-outcome.ts'

/** Takes in what a call of a step gave. A result over a limit fails the step. */
export function completeStep(work: RunWork, open: OpenCall, output: unknown): void {
  const { state, runtime } = work
  const { maxPayloadBytes } = runtime.config.limits
  // The input of the run was checked, and is not part of the log.
  if (open.mode !== 'input') {
    const bytes = Buffer.byteLength(JSON.stringify(output) ?? 'null')
    const most = WORKFLOW_LIMITS.logBytes
    if (bytes > maxPayloadBytes)
      return failStep(
        work,
        open,
        tooLarge(`The result of the step has more than ${maxPayloadBytes} bytes.`),
      )
    if (state.bytes + bytes > most)
      return failStep(work, open, tooLarge(`The results of the run have more than ${most} bytes.`))
  }
  state.append({ type: 'call.responded', requestId: open.callId, output: output ?? null })
}

/** Takes in that a call of a step failed, with what follows from it. */
export function failStep({ state, runtime }: RunWork, open: OpenCall, error: CallError): void {
  const { callId: requestId, nodeKey, retryClass } = open
  const { root, facts } = state
  if (error.code === 'ABORTED' && root.getStatus(nodeKey) === 'aborted') {
    state.append({ type: 'call.aborted', requestId, reason: error.message })
    return
  }
  const { queue } = runtime.config
  const known = facts.of(nodeKey)
  const { backoffMs = queue.backoffMs } = root.getAttributes(nodeKey)
  const now = performance.now()
  const failed = failedStep(error, {
    retryClass,
    facts: known,
    backoffMs,
    maxLost: queue.maxAttempts,
    patienceMs: queue.expiresAfterMs,
    waitedMs: now - (known.unavailableSince ?? now),
  })
  const { code, message, details } = failed.error
  state.append(
    {
      type: 'call.error',
      requestId,
      code,
      message,
      ...compact({ details, retry: failed.retry }),
    },
    { ran: failed.ran, ...(failed.delayMs > 0 && { delayMs: Math.ceil(failed.delayMs) }) },
  )
}

export function tooLarge(message: string): CallError {
  return new CallError('PAYLOAD_TOO_LARGE', message)
}
