import type { SessionEvent, SessionMessage, Session } from '@alkdev/contracts/agents'

/** What a running step has written so far. */
export interface Draft {
  readonly stepId: string
  readonly text: string
  readonly reasoning: string
  readonly toolName: string | undefined
}

/** A session as its events tell it. */
export interface Transcript {
  readonly session: Session | undefined
  readonly messages: readonly SessionMessage[]
  readonly hasEarlier: boolean
  readonly draft: Draft | undefined
  readonly ended: boolean
  /** Messages were taken out while it is watched, and none was sent since: that can be undone. */
  readonly reverted: boolean
}

export const EMPTY: Transcript = {
  session: undefined,
  messages: [],
  hasEarlier: false,
  draft: undefined,
  ended: false,
  reverted: false,
}

/** The transcript after an event. Applying an event twice has no further effect. */
export function applyEvent(was: Transcript, event: SessionEvent): Transcript {
  switch (event.type) {
    case 'snapshot': {
      const { running } = event
      return {
        session: event.session,
        messages: [...(event.messages ?? [])].toSorted(inOrder),
        hasEarlier: event.hasEarlier ?? false,
        draft: running && { ...running, toolName: undefined },
        ended: false,
        reverted: false,
      }
    }
    case 'session.changed':
      return { ...was, session: event.session ?? was.session }
    case 'session.ended':
      return { ...was, ended: true, draft: undefined }
    case 'message.accepted':
    case 'message.added': {
      const { message, stepId } = event
      if (message === undefined) return was
      return {
        ...was,
        messages: withMessage(was.messages, message),
        reverted: false,
        draft: stepId !== undefined && was.draft?.stepId === stepId ? undefined : was.draft,
      }
    }
    case 'message.delivered':
      return withDelivery(was, event.messageId, 'delivered')
    case 'message.answered':
      return withDelivery(was, event.messageId, 'answered')
    case 'message.refused':
      return withDelivery(was, event.messageId, 'refused')
    case 'messages.reverted': {
      const at = was.messages.findIndex(({ messageId }) => messageId === event.messageId)
      return at < 0 ? was : { ...was, messages: was.messages.slice(0, at), reverted: true }
    }
    case 'step.started':
      return event.stepId === undefined
        ? was
        : { ...was, draft: { stepId: event.stepId, text: '', reasoning: '', toolName: undefined } }
    case 'step.delta':
      return withDelta(was, event)
    case 'step.reset':
      return was.draft?.stepId === event.stepId ? { ...was, draft: undefined } : was
    case 'turn.ended':
      return { ...was, draft: undefined }
    case 'tool.changed':
      return withToolCall(was, event)
    default:
      return was
  }
}

function inOrder(a: SessionMessage, b: SessionMessage): number {
  return a.seq - b.seq
}

function withMessage(
  messages: readonly SessionMessage[],
  message: SessionMessage,
): readonly SessionMessage[] {
  const at = messages.findIndex(({ messageId }) => messageId === message.messageId)
  if (at >= 0) return messages.with(at, message)
  const last = messages.at(-1)
  const next = [...messages, message]
  return last !== undefined && last.seq > message.seq ? next.toSorted(inOrder) : next
}

function withDelivery(
  was: Transcript,
  messageId: string | undefined,
  delivery: NonNullable<SessionMessage['delivery']>,
): Transcript {
  const messages = was.messages.map((one) =>
    one.messageId === messageId ? { ...one, delivery } : one,
  )
  return { ...was, messages }
}

function withDelta(
  was: Transcript,
  { stepId, kind, text = '', toolName }: SessionEvent,
): Transcript {
  if (stepId === undefined) return was
  const draft =
    was.draft?.stepId === stepId
      ? was.draft
      : { stepId, text: '', reasoning: '', toolName: undefined }
  if (kind === 'text') return { ...was, draft: { ...draft, text: draft.text + text } }
  if (kind === 'reasoning')
    return { ...was, draft: { ...draft, reasoning: draft.reasoning + text } }
  return { ...was, draft: { ...draft, toolName: toolName ?? draft.toolName } }
}

function withToolCall(was: Transcript, { toolCall }: SessionEvent): Transcript {
  if (toolCall === undefined) return was
  const messages = was.messages.map((message) => {
    const has = message.parts.some(
      (part) => part.type === 'tool-call' && part.toolCall.toolCallId === toolCall.toolCallId,
    )
    if (!has) return message
    const parts = message.parts.map((part) =>
      part.type === 'tool-call' && part.toolCall.toolCallId === toolCall.toolCallId
        ? { ...part, toolCall }
        : part,
    )
    return { ...message, parts }
  })
  return { ...was, messages }
}
