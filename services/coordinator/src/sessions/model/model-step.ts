import { MODEL_CALL_PURPOSE, MODEL_CALL_TTL_MS } from '@alkdev/contracts'
import type { ModelCallToken } from '@alkdev/contracts'
import { signToken } from '@alkdev/crypto'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { must, storableText, uuidv7 } from '@alkdev/std'
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
import type { ModelAnswer, ModelDelta } from './call-model.ts'
import { compactedText, SUMMARY_INSTRUCTIONS, transcriptOf } from './compact-conversation.ts'
import { StepFailure } from './step-failure.ts'
import { failureJson } from '../turn/failure-json.ts'
import { pinnedFacts } from './pinned-facts.ts'
import { modelHistory } from './turn-history.ts'
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
  readonly conversation: Promise<readonly SaidMessage[]>
  /** W3C trace context of the turn. */
  readonly traceparent?: string | undefined
}

/**
 * Calls the model of a step with the conversation as it is now, and gives what is to be stored: the parts of the message, and one row for each tool
 * call. Throws ClaimLost when the claim is not held any more, before the model is called; StepFailure; and the reason of the signal.
 */
export async function runModelStep(
  runtime: StepRuntime,
  step: ModelStep,
  {
    isHeld,
    onDelta,
    signal,
  }: {
    readonly isHeld: () => boolean
    readonly onDelta: (delta: ModelDelta) => void
    readonly signal: AbortSignal
  },
): Promise<StepResult> {
  const { session, role, rights, place } = step
  const { sessions } = runtime.config
  const tools = new TurnTools(runtime, rights.identity, place, role)
  const [views, described] = await Promise.all([step.conversation, tools.describe()])
  if (!isHeld()) throw new ClaimLost()
  const maxCharacters = windowOf(runtime, role)
  const room = maxCharacters / PINNED_SHARE
  const facts = await pinnedFacts(runtime, session.id, views, rights.identity, room)
  const messages = modelHistory(views, { maxCharacters, facts })
  if (JSON.stringify(messages).length > maxCharacters)
    throw new StepFailure('context-exhausted', 'PAYLOAD_TOO_LARGE', TOO_LONG)
  const answer = await callModel(
    {
      baseUrl: proxyUrl(runtime),
      token: tokenOf(runtime, step),
      model: step.step.model,
      instructions: instructionsOf(session, role),
      messages,
      tools: described,
      temperature: role.temperature,
      firstByteMs: sessions.firstByteMs,
      idleMs: sessions.idleMs,
      traceparent: step.traceparent,
    },
    (delta) => onDelta({ ...delta, text: storableText(delta.text) }),
    signal,
  )
  return resultOf(answer, step.step, tools)
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
  step: Omit<ModelStep, 'place' | 'conversation'>,
  { isHeld, signal }: { readonly isHeld: () => boolean; readonly signal: AbortSignal },
): Promise<string> {
  const { sessions } = runtime.config
  const views = await readConversation(runtime.db, step.session.id, MAX_MESSAGES)
  if (!isHeld()) throw new ClaimLost()
  const { text } = await callModel(
    {
      baseUrl: proxyUrl(runtime),
      token: tokenOf(runtime, step),
      model: step.step.model,
      instructions: SUMMARY_INSTRUCTIONS,
      messages: [{ role: 'user', content: transcriptOf(views, windowOf(runtime, step.role)) }],
      tools: [],
      temperature: 0,
      firstByteMs: sessions.firstByteMs,
      idleMs: sessions.idleMs,
      traceparent: step.traceparent,
    },
    () => undefined,
    signal,
  )
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

function tokenOf(
  { config }: StepRuntime,
  { session, step, rights }: Omit<ModelStep, 'place' | 'conversation'>,
): string {
  const payload: ModelCallToken = {
    grantId: rights.grantId,
    sessionId: session.id,
    turnId: step.turnId,
    stepId: step.id,
    callId: step.callId,
  }
  return signToken(payload, config.bus.key.reveal(), MODEL_CALL_TTL_MS, {
    purpose: MODEL_CALL_PURPOSE,
  })
}

async function resultOf(
  answer: ModelAnswer,
  step: StartedStep,
  tools: TurnTools,
): Promise<StepResult> {
  const toolCalls: NewToolCall[] = []
  for (const asked of answer.toolCalls) {
    const id = uuidv7()
    const known = {
      id,
      modelCallId: storableText(asked.modelCallId).slice(0, 256),
      toolName: storableText(asked.toolName).slice(0, 256),
    }
    try {
      // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
      const { operationId, input, retry, schemaHash } = await tools.plan(asked)
      toolCalls.push({
        ...known,
        operationName: operationId,
        input: JSON.stringify(input ?? {}),
        retry,
        schemaHash,
      })
    } catch (error) {
      const failure = CallError.from(error)
      toolCalls.push({
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
      })
    }
  }
  const { inputTokens, outputTokens, cachedTokens } = answer
  return {
    parts: partsOf(answer, step, toolCalls),
    toolCalls,
    inputTokens,
    outputTokens,
    cachedTokens,
  }
}

function instructionsOf(session: SessionWithOrg, role: TurnRole): string {
  return [role.prompt, session.instructions].filter((one) => one != null && one !== '').join('\n\n')
}

function partsOf(
  { reasoning, text, finishReason, inputTokens, outputTokens, cachedTokens }: ModelAnswer,
  { model, callId }: StartedStep,
  toolCalls: readonly NewToolCall[],
): NewPart[] {
  const tokens = Object.fromEntries(
    Object.entries({ inputTokens, outputTokens, cachedTokens }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  return [
    ...(reasoning === ''
      ? []
      : [{ type: 'reasoning' as const, data: { text: storableText(reasoning) } }]),
    ...(text === '' ? [] : [{ type: 'text' as const, data: { text: storableText(text) } }]),
    ...toolCalls.map(({ id }) => ({ type: 'tool-call' as const, data: { toolCallId: must(id) } })),
    { type: 'step-finish', data: { model, callId, finishReason, ...tokens } },
  ]
}
