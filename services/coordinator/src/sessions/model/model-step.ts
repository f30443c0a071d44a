import { MODEL_CALL_PURPOSE, MODEL_CALL_TTL_MS } from '@alkdev/contracts'
import type { ModelCallToken } from '@alkdev/contracts'
import { signToken } from '@alkdev/crypto'
import type { ServiceRuntime } from '@alkdev/service'
import type { ModelMessage } from 'ai'
import { CallError } from '@alkdev/operations'
import { compact, storableText, uuidv7 } from '@alkdev/std'
import { readConversation } from '@alkdev/storage/sessions'
import type {
  NewPart,
  NewToolCall,
  SaidMessage,
  SessionWithOrg,
  StartedStep,
  StepResult,
} from '@alkdev/storage/sessions'
import { callModel } from './call-model.ts'
import { textOf } from './collected-answer.ts'
import type { ModelAnswer, ModelDelta, ModelPart, ModelToolCall } from './collected-answer.ts'
import { compactedText, SUMMARY_INSTRUCTIONS, transcriptOf } from './compact-conversation.ts'
import { StepFailure } from './step-failure.ts'
import { failureJson } from '../turn/failure-json.ts'
import { pinnedFacts } from './pinned-facts.ts'
import { makerOf } from './part-seal.ts'
import type { ModelDialects } from './model-dialects.ts'
import { isReasoningRefused, modelHistory, sealsOf } from './turn-history.ts'
import type { TurnRights } from '../turn/turn-rights.ts'
import { TurnTools } from '../tools/turn-tools.ts'
import { ClaimLost } from '../turn/claim-lost.ts'
import type { BoundPlace } from '../turn/bound-place.ts'
import type { TurnRole } from '../turn/turn-role.ts'

/** Messages that a conversation has at most. */
export const MAX_MESSAGES = 5000
/** Characters of a token, roughly; and how much of the window of a model the conversation may take. */
const TOKEN_CHARACTERS = 3.5
const WINDOW_SHARE = 0.8
/** The facts that stand beside a summary take at most this part of the conversation. */
const PINNED_SHARE = 4

type StepRuntime = ServiceRuntime<'coordinator'>

/** One attempt of a step, which is stored. */
export interface ModelStep {
  readonly session: SessionWithOrg
  readonly step: StartedStep
  readonly role: TurnRole
  readonly rights: TurnRights
  readonly place: BoundPlace | undefined
  /** Milliseconds that the call of the model may take. */
  readonly maxMs: number
  readonly conversation: Promise<readonly SaidMessage[]>
  /** The provider refused the reasoning of earlier steps. */
  readonly withoutReasoning: boolean
  /** The run of a workflow that the turn belongs to. */
  readonly runId?: string | undefined
  /** W3C trace context of the turn. */
  readonly traceparent?: string | undefined
}

type SummaryStep = Omit<ModelStep, 'place' | 'conversation' | 'withoutReasoning'>

/** What a call of a model has beside what is stored. */
interface StepCall {
  readonly dialects: ModelDialects
  readonly isHeld: () => boolean
  readonly signal: AbortSignal
}

/**
 * Calls the model of a step with the conversation as it is now, and gives what is to be stored: the parts of the message, and one row for each tool
 * call. Throws ClaimLost when the claim is not held any more, before the model is called; StepFailure, which says so when the provider may have refused the
 * reasoning of earlier steps; and the reason of the signal.
 */
export async function runModelStep(
  runtime: StepRuntime,
  step: ModelStep,
  {
    dialects,
    isHeld,
    onDelta,
    signal,
  }: StepCall & { readonly onDelta: (delta: ModelDelta) => void },
): Promise<StepResult> {
  const { session, role, rights, place } = step
  const { model } = step.step
  const tools = new TurnTools(runtime, rights.identity, place, role)
  const [views, described, asked] = await Promise.all([
    step.conversation,
    tools.describe(),
    askedModel(runtime, step, dialects),
  ])
  if (!isHeld()) throw new ClaimLost()
  const maxCharacters = windowOf(runtime, role)
  const room = maxCharacters / PINNED_SHARE
  const facts = await pinnedFacts(runtime, session.id, views, rights.identity, room)
  const maker = makerOf(asked.dialect, model)
  const withoutReasoning = step.withoutReasoning || isReasoningRefused(views)
  const messages = modelHistory(views, { maxCharacters, facts, maker, withoutReasoning })
  if (charactersOf(messages) > maxCharacters)
    throw new StepFailure('context-exhausted', 'PAYLOAD_TOO_LARGE', TOO_LONG)
  const answer = await callModel(
    {
      ...asked,
      token: tokenOf(runtime, step),
      instructions: instructionsOf(session, role),
      messages,
      tools: described,
      temperature: role.temperature,
    },
    (delta) => onDelta({ ...delta, text: storableText(delta.text) }),
    signal,
  ).catch((error: unknown) => {
    const isSent = error instanceof StepFailure && sealsOf(messages).length > 0
    throw (isSent && error.asRefusalOfReasoning()) || error
  })
  return resultOf(answer, { ...step.step, maker, withoutReasoning }, tools)
}

/** What every call of the model of a step has. */
async function askedModel(
  runtime: StepRuntime,
  { step: { model }, rights, maxMs, traceparent }: SummaryStep,
  dialects: ModelDialects,
) {
  const { firstByteMs, idleMs } = runtime.config.sessions
  const baseUrl = proxyUrl(runtime)
  const dialect = await dialects.of(model, rights.granted)
  return { baseUrl, model, dialect, firstByteMs, idleMs, maxMs, traceparent }
}

/** Characters of a conversation, without what is for its provider alone and counts little or nothing as input. */
function charactersOf(messages: readonly ModelMessage[]): number {
  return sealsOf(messages).reduce(
    (left, seal) => left - JSON.stringify(seal).length,
    JSON.stringify(messages).length,
  )
}

const TOO_LONG = 'The conversation does not fit into the model.'

/** Characters that a conversation may have. */
function windowOf({ config }: StepRuntime, { contextTokens }: TurnRole): number {
  return (contextTokens ?? config.sessions.contextTokens) * WINDOW_SHARE * TOKEN_CHARACTERS
}

/**
 * Summarises the conversation with a call of the same model, without tools. Gives the text that stands for it from then on. Throws as `runModelStep`
 * does.
 */
export async function summarise(
  runtime: StepRuntime,
  step: SummaryStep,
  { dialects, isHeld, signal }: StepCall,
): Promise<string> {
  const [views, asked] = await Promise.all([
    readConversation(runtime.db, step.session.id, MAX_MESSAGES),
    askedModel(runtime, step, dialects),
  ])
  if (!isHeld()) throw new ClaimLost()
  const answer = await callModel(
    {
      ...asked,
      token: tokenOf(runtime, step),
      instructions: SUMMARY_INSTRUCTIONS,
      messages: [{ role: 'user', content: transcriptOf(views, windowOf(runtime, step.role)) }],
      tools: [],
      temperature: 0,
    },
    () => undefined,
    signal,
  )
  const text = textOf(answer)
  if (text === '') throw new StepFailure('context-exhausted', 'EXECUTION_ERROR', TOO_LONG)
  return storableText(compactedText(text, views))
}

function proxyUrl({ bus }: StepRuntime): string {
  const proxies = bus.instances('inference-proxy').filter(({ draining }) => !draining)
  const picked = proxies.toSorted((a, b) => a.load - b.load)[0]
  if (picked === undefined)
    throw new StepFailure('provider-error', 'UNAVAILABLE', 'No inference proxy is running.', {
      isRetryable: true,
    })
  return `${picked.url}/v1`
}

function tokenOf({ config }: StepRuntime, { session, step, rights, runId }: SummaryStep): string {
  const payload: ModelCallToken = {
    grantId: rights.grantId,
    sessionId: session.id,
    turnId: step.turnId,
    stepId: step.id,
    callId: step.callId,
    ...compact({ runId }),
  }
  return signToken(payload, config.bus.key.reveal(), MODEL_CALL_TTL_MS, {
    purpose: MODEL_CALL_PURPOSE,
  })
}

/** A step whose answer is stored. */
interface MadeStep extends StartedStep {
  readonly maker: string
  readonly withoutReasoning: boolean
}

async function resultOf(
  answer: ModelAnswer,
  step: MadeStep,
  tools: TurnTools,
): Promise<StepResult> {
  const toolCalls: NewToolCall[] = []
  const parts: NewPart[] = []
  for (const part of answer.parts) {
    if (part.kind === 'tool-call') {
      // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
      const call = await newToolCall(part.call, tools)
      toolCalls.push(call)
      parts.push({ type: 'tool-call', data: { toolCallId: call.id, ...sealed(part, step) } })
    } else {
      const text = storableText(part.text)
      // The signature of another text is none.
      const seal = text === part.text && sealed(part, step)
      parts.push({ type: part.kind, data: { text, ...seal } })
    }
  }
  const { inputTokens, outputTokens, cachedTokens } = answer
  parts.push({ type: 'step-finish', data: finishOf(answer, step) })
  return { parts, toolCalls, inputTokens, outputTokens, cachedTokens }
}

function sealed({ seal }: ModelPart, { maker }: MadeStep) {
  return seal !== undefined && { seal, maker }
}

async function newToolCall(
  asked: ModelToolCall,
  tools: TurnTools,
): Promise<NewToolCall & { readonly id: string }> {
  const known = {
    id: uuidv7(),
    modelCallId: storableText(asked.modelCallId).slice(0, 256),
    toolName: storableText(asked.toolName).slice(0, 256),
  }
  try {
    const { operationId, input, retry, schemaHash } = await tools.plan(asked)
    const made = { operationName: operationId, input: JSON.stringify(input ?? {}) }
    return { ...known, ...made, retry, schemaHash }
  } catch (error) {
    const failure = CallError.from(error)
    return {
      ...known,
      input:
        typeof asked.input === 'string'
          ? storableText(asked.input)
          : JSON.stringify(asked.input ?? {}),
      retry: 'never',
      refusal: {
        status: failure.code === 'ACCESS_DENIED' ? 'denied' : 'failed',
        error: storableText(failureJson(failure)),
      },
    }
  }
}

function instructionsOf(session: SessionWithOrg, role: TurnRole): string {
  // A blank text is refused by Anthropic.
  return [role.prompt, session.instructions]
    .filter((one) => one != null && one.trim() !== '')
    .join('\n\n')
}

function finishOf(
  { finishReason, inputTokens, outputTokens, cachedTokens }: ModelAnswer,
  { model, callId, withoutReasoning }: MadeStep,
): NewPart['data'] {
  return {
    model,
    callId,
    finishReason,
    ...compact({ inputTokens, outputTokens, cachedTokens }),
    ...(withoutReasoning && { withoutReasoning }),
  }
}
