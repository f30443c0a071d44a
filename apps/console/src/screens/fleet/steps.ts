import type { SessionMessage } from '@alkdev/contracts/agents'

/** A step of the model or a call of a tool, as a bar. Times are milliseconds since the epoch. */
export interface Bar {
  readonly id: string
  readonly kind: 'model' | 'tool'
  readonly name: string
  readonly status: string
  readonly callId: string | undefined
  readonly fromMs: number
  readonly untilMs: number
  readonly tokensIn: number
  readonly tokensOut: number
}

/** The steps and calls of the latest turn that has any, in their order. A step begins at the end of what was before it. */
export function barsOf(messages: readonly SessionMessage[], nowMs: number): readonly Bar[] {
  const turnId = messages.findLast(
    ({ role, turnId }) => role === 'assistant' && turnId !== undefined,
  )?.turnId
  if (turnId === undefined) return []
  const bars: Bar[] = []
  let endMs: number | undefined
  for (const message of messages) {
    const isOfTurn = message.turnId === turnId
    const atMs = Date.parse(message.createdAt)
    if (!isOfTurn) continue
    if (message.role !== 'assistant') {
      endMs ??= atMs
      continue
    }
    bars.push(stepOf(message, Math.min(endMs ?? atMs, atMs), atMs))
    const tools = toolsOf(message, nowMs)
    bars.push(...tools)
    endMs = Math.max(atMs, ...tools.map(({ untilMs }) => untilMs))
  }
  return bars
}

/** Clocks of the hub's machines differ by less, and a model is asked a moment after its step began. */
const MARGIN_MS = 60_000

/** The time in which the calls of models of these bars began; undefined without one. It moves with each new step, and not with the clock. */
export function windowOf(
  bars: readonly Bar[],
): { readonly from: string; readonly before: string } | undefined {
  const steps = bars.filter(({ kind }) => kind === 'model')
  if (steps.length === 0) return undefined
  return {
    from: new Date(Math.min(...steps.map(({ fromMs }) => fromMs)) - MARGIN_MS).toISOString(),
    before: new Date(Math.max(...steps.map(({ untilMs }) => untilMs)) + MARGIN_MS).toISOString(),
  }
}

function stepOf({ messageId, parts, step }: SessionMessage, fromMs: number, untilMs: number): Bar {
  const finish = parts.find((part) => part.type === 'step-finish')
  return {
    id: messageId,
    kind: 'model',
    name: finish?.model ?? `step ${step ?? ''}`,
    status: 'done',
    callId: finish?.callId,
    fromMs,
    untilMs,
    tokensIn: finish?.inputTokens ?? 0,
    tokensOut: finish?.outputTokens ?? 0,
  }
}

function toolsOf({ parts }: SessionMessage, nowMs: number): readonly Bar[] {
  return parts.flatMap((part) => {
    if (part.type !== 'tool-call' || part.toolCall.startedAt === undefined) return []
    const { toolCallId, toolName, operationId, status, callId, startedAt, endedAt } = part.toolCall
    return [
      {
        id: toolCallId,
        kind: 'tool' as const,
        name: operationId ?? toolName,
        status,
        callId,
        fromMs: Date.parse(startedAt),
        untilMs: endedAt === undefined ? nowMs : Date.parse(endedAt),
        tokensIn: 0,
        tokensOut: 0,
      },
    ]
  })
}
