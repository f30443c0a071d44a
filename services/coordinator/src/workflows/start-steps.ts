import { WORKFLOW_LIMITS, WORKFLOW_RUN, WORKFLOW_STEPS } from '@alkdev/contracts'
import { CallError, retryClassOf } from '@alkdev/operations'
import type { RetryClass } from '@alkdev/operations'
import { compact, must, uuidv7 } from '@alkdev/std'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'
import type { AskApproval } from '@alkdev/storage'
import type { NewQueuedCall } from '@alkdev/storage/queue'
import { storedIdentity } from '../queue/queued-identity.ts'
import type { QueuedRights } from '../queue/queued-identity.ts'
import { isBuiltIn, waitOf } from './built-in-steps.ts'
import type { StepWait } from './built-in-steps.ts'
import { requireVisible } from './call-step.ts'
import type { StepCall } from './call-step.ts'
import { requireAskable } from './check-asked.ts'
import { effectKey } from './effect-key.ts'
import { completeStep, failStep, tooLarge } from './end-step.ts'
import { isJsonLargerThan } from './json-size.ts'
import { inputOfStep } from './run-work.ts'
import type { RunWork } from './run-work.ts'
import type { OpenCall } from './step-facts.ts'
import { stepTimeout } from './step-timeout.ts'

/** A call that this process makes once its start is stored. */
export interface StartedCall {
  readonly call: StepCall
  readonly open: OpenCall
  readonly rights: QueuedRights
}

export interface StartedSteps {
  readonly calls: readonly StartedCall[]
  /** Calls that are queued in the transaction that stores their start. */
  readonly queued: readonly NewQueuedCall[]
  /** What steps ask, in the same transaction. */
  readonly asked: readonly AskApproval[]
  /** A step waits for an event, which may have been sent before. */
  readonly isEventWaited: boolean
}

/** Starts what is ready and due, with `room` calls at most, until no step becomes ready any more by others that end at once. */
export async function startSteps(work: RunWork, room: number): Promise<StartedSteps> {
  const calls: StartedCall[] = []
  const queued: NewQueuedCall[] = []
  const asked: AskApproval[] = []
  let isEventWaited = false
  const { runtime, run, state } = work
  const { root, facts } = state
  // Read once for all steps that are started together.
  let rights: Promise<QueuedRights> | undefined
  const giveWay = eventLoopYielder()
  for (let isMore = true; isMore;) {
    isMore = false
    for (const nodeKey of root.readyNodes()) {
      // oxlint-disable-next-line no-await-in-loop -- many large inputs must not stop the other runs
      await giveWay()
      // The failure of another one may have aborted it.
      if (root.getStatus(nodeKey) !== 'ready') continue
      if (facts.of(nodeKey).notBefore > performance.now()) continue
      const operationId = root.getOperation(nodeKey)
      if (operationId === WORKFLOW_STEPS.INPUT || isBuiltIn(operationId)) {
        const waiting = startBuiltIn(work, nodeKey, operationId)
        if (waiting?.wait.kind === 'event') isEventWaited = true
        // oxlint-disable-next-line no-await-in-loop -- an approval alone, and mostly one that names no account
        if (waiting?.wait.kind === 'approval' && (await mayAsk(work, waiting)))
          asked.push(approvalOf(work, waiting))
        isMore = true
        continue
      }
      if (calls.length >= room) continue
      try {
        rights ??= storedIdentity(runtime, run)
        // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
        const granted = await rights
        // oxlint-disable-next-line no-await-in-loop -- as above
        const { spec } = await requireVisible(runtime, operationId, granted.granted, granted.now)
        const retryClass = retryClassOf(spec)
        const started = startCall(work, nodeKey, operationId, retryClass)
        if (started === undefined) isMore = true
        else if (started.open.mode === 'call') calls.push({ ...started, rights: granted })
        else queued.push(queuedCall(work, started.call, retryClass))
      } catch (error) {
        startFailed(work, nodeKey, CallError.from(error))
        isMore = true
      }
    }
  }
  return { calls, queued, asked, isEventWaited }
}

interface Waiting {
  readonly open: OpenCall
  readonly wait: StepWait
}

/** What the step waits for; undefined when it has ended at once. */
function startBuiltIn(work: RunWork, nodeKey: string, operationId: string): Waiting | undefined {
  const { state, run } = work
  const callId = uuidv7()
  const isInput = operationId === WORKFLOW_STEPS.INPUT
  state.start(nodeKey, callId, { mode: isInput ? 'input' : 'wait', class: 'safe' })
  const open = must(state.facts.openCall(callId))
  if (!isInput) return addWait(work, open)
  completeStep(work, open, JSON.parse(run.input))
  return undefined
}

/** Lets a built-in step wait; one whose input does not fit fails. */
export function addWait(work: RunWork, open: OpenCall): Waiting | undefined {
  const input = inputOfStep(work, open.nodeKey)
  const most = WORKFLOW_LIMITS.waitBytes
  if (isTooLarge(input, most)) {
    failStep(work, open, tooLarge(`The input of ${open.operationId} has more than ${most} bytes.`))
    return undefined
  }
  const found = waitOf(open.operationId, input)
  if ('wait' in found) {
    work.waits.add(open, found.wait)
    return { open, wait: found.wait }
  }
  const message = `The input of ${open.operationId} does not fit.`
  failStep(work, open, new CallError('VALIDATION_ERROR', message, { errors: found.errors }))
  return undefined
}

/** False when the step names an account that may not see the run: then it has failed. */
async function mayAsk(work: RunWork, { open, wait }: Waiting): Promise<boolean> {
  const { runtime, run, waits } = work
  try {
    if (wait.kind === 'approval') await requireAskable(runtime.db, run, wait.asked.askedOf)
    return true
  } catch (error) {
    waits.remove(open.callId)
    failStep(work, open, CallError.from(error))
    return false
  }
}

/** The type of the subject of approvals that steps ask for. Its id is that of the run. */
export const RUN_SUBJECT = 'workflow-run'

function approvalOf({ run }: RunWork, { open, wait }: Waiting): AskApproval {
  if (wait.kind !== 'approval') throw new RangeError(`${open.nodeKey} asks nothing`)
  const { question, details, timeoutMs, askedOf, default: defaultDecision } = wait.asked
  return {
    id: open.callId,
    kind: 'step',
    subject: { type: RUN_SUBJECT, id: run.id },
    question,
    details: { step: open.nodeKey, ...(details !== undefined && { details }) },
    accountId: run.accountId ?? '',
    ...compact({ orgId: run.orgId ?? undefined }),
    askedOf,
    deadlineMs: timeoutMs,
    defaultDecision,
  }
}

/** The step could not be called: it is started and failed in one, so that the log has the reason. */
function startFailed(work: RunWork, nodeKey: string, error: CallError): void {
  const callId = uuidv7()
  work.state.start(nodeKey, callId, { mode: 'call', class: 'never' })
  failStep(work, must(work.state.facts.openCall(callId)), error)
}

/** Undefined when the input is too large: then the step has failed. */
function startCall(
  work: RunWork,
  nodeKey: string,
  operationId: string,
  retryClass: RetryClass,
): { readonly call: StepCall; readonly open: OpenCall } | undefined {
  const { state, run, runtime } = work
  const { limits } = runtime.config
  const { facts } = state
  const { timeoutMs, isQueued } = stepTimeout(work, nodeKey)
  const callId = uuidv7()
  const key =
    retryClass === 'keyed' ? effectKey(run.id, nodeKey, facts.of(nodeKey).effect) : undefined
  state.start(nodeKey, callId, {
    mode: isQueued ? 'queued' : 'call',
    class: retryClass,
    ...compact({ key }),
  })
  const input = inputOfStep(work, nodeKey) ?? {}
  const open = must(facts.openCall(callId))
  if (isTooLarge(input, limits.maxPayloadBytes)) {
    const message = `The input of the step has more than ${limits.maxPayloadBytes} bytes.`
    failStep(work, open, tooLarge(message))
    return undefined
  }
  const { depth, traceparent, metadata, grantId, id: runId } = run
  const step = { callId, runId, grantId, nodeKey, operationId, input, timeoutMs }
  const call = { ...step, depth, metadata }
  return {
    open,
    call: { ...call, idempotencyKey: key, traceparent: traceparent ?? undefined },
  }
}

/** A result may be filled in many times: the text of such an input is never made. */
function isTooLarge(input: unknown, most: number): boolean {
  return isJsonLargerThan(input, most) || Buffer.byteLength(JSON.stringify(input) ?? '') > most
}

function queuedCall({ runtime }: RunWork, call: StepCall, retry: RetryClass): NewQueuedCall {
  const { queue } = runtime.config
  return {
    id: call.callId,
    operationName: call.operationId,
    input: JSON.stringify(call.input),
    retry,
    ...compact({ providerKey: call.idempotencyKey }),
    parentRequestId: call.runId,
    // The run decides about repetitions.
    maxAttempts: 1,
    backoffMs: queue.backoffMs,
    timeoutMs: call.timeoutMs,
    delayMs: 0,
    expiresAfterMs: queue.expiresAfterMs,
    priority: 0,
    depth: call.depth,
    traceparent: call.traceparent,
    metadata: { ...call.metadata, [WORKFLOW_RUN]: call.runId, workflowStep: call.nodeKey },
  }
}
