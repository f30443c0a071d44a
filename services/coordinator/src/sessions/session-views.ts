import type {
  Session,
  SessionMessage,
  SessionPart,
  SessionToolCall,
} from '@alkdev/contracts/agents'
import type {
  MessageView,
  SessionRow,
  SessionWithOrg,
  ToolCallView,
} from '@alkdev/storage/sessions'
import { parseJson, parseJsonOutline } from '@alkdev/std'
import { MAX_TOOL_CALL_DEPTH } from './model/tool-call-depth.ts'
import { withoutNulls } from '../workflows/without-nulls.ts'

/** A session as the operations give it. */
export function sessionView(row: SessionRow & Pick<SessionWithOrg, 'endError'>): Session {
  return {
    sessionId: row.id,
    title: row.title,
    slug: row.slug,
    mode: row.mode,
    status: row.status,
    stateSince: row.stateSince.toISOString(),
    projectId: row.projectId,
    rootId: row.rootId ?? row.id,
    depth: row.depth,
    position: row.eventSeq,
    createdAt: row.createdAt.toISOString(),
    ...withoutNulls({
      waitingOn: row.waitingOn,
      progressAt: row.progressAt?.toISOString(),
      accountId: row.accountId,
      workspaceId: row.workspaceId,
      role: row.roleName,
      model: row.model,
      instructions: row.instructions,
      parentId: row.parentId,
      turnId: row.turnId,
      endReason: row.endReason,
      endError: failureOf(row.endError),
      stopReason: row.stopReason,
      forkedFrom: row.forkedFrom,
      forkedAt: row.forkedAt,
      lastActivityAt: row.lastActivityAt.toISOString(),
      archivedAt: row.archivedAt?.toISOString(),
    }),
  }
}

export function toolCallView(row: ToolCallView): SessionToolCall {
  return {
    toolCallId: row.id,
    modelCallId: row.modelCallId,
    toolName: row.toolName,
    status: row.status,
    input: parsed(row.input),
    ...withoutNulls({
      operationId: row.operationName,
      callId: row.callId,
      approvalId: row.approvalId,
      output: row.output,
      outputBytes: row.outputBytes,
      startedAt: row.dispatchedAt?.toISOString(),
      endedAt: row.endedAt?.toISOString(),
    }),
    ...withoutNulls({ error: failureOf(row.error) }),
  }
}

function failureOf(error: string | null | undefined): SessionToolCall['error'] {
  if (error == null) return undefined
  return parseJsonOutline(error, MAX_TOOL_CALL_DEPTH) as NonNullable<SessionToolCall['error']>
}

/** What the model wrote need not be JSON, and what is too deep for an answer stays a text. */
function parsed(text: string): unknown {
  try {
    return parseJson(text, MAX_TOOL_CALL_DEPTH)
  } catch {
    return text
  }
}

export function messageView({ message, parts, toolCalls }: MessageView): SessionMessage {
  const calls = new Map(toolCalls.map((call) => [call.id, call]))
  return {
    messageId: message.id,
    sessionId: message.sessionId,
    seq: message.seq,
    role: message.role,
    createdAt: message.createdAt.toISOString(),
    ...withoutNulls({
      position: message.position,
      mode: message.mode,
      delivery: message.delivery,
      refusal: message.refusal,
      inReplyTo: message.inReplyTo,
      turnId: message.turnId,
      step: message.step,
      senderId: message.senderId,
      senderSessionId: message.senderSessionId,
      revertedAt: message.revertedAt?.toISOString(),
    }),
    parts: parts.flatMap((part): SessionPart[] => {
      const copied = copiedCallView(part.data)
      if (copied !== undefined) return [{ type: 'tool-call', toolCall: copied }]
      if (part.type !== 'tool-call') return shownPart(part)
      const call = calls.get(String(part.data['toolCallId']))
      return call === undefined ? [] : [{ type: 'tool-call', toolCall: toolCallView(call) }]
    }),
  }
}

/** A part without what is for the provider of the model alone. */
function shownPart({ type, data }: MessageView['parts'][number]): SessionPart[] {
  const { seal: _seal, maker: _maker, withoutReasoning: _refused, ...shown } = data
  if (type === 'reasoning' && shown['text'] === '') return []
  return [{ type, ...shown } as SessionPart]
}

/** What `copiedCall` stored. The output is in the text that the model gets, behind its first line. */
function copiedCallView({
  copied,
  text,
}: Readonly<Record<string, unknown>>): SessionToolCall | undefined {
  if (typeof copied !== 'string' || typeof text !== 'string') return undefined
  const call = parseJson(copied) as SessionToolCall
  const end = text.indexOf('\n')
  return { ...call, ...(call.status === 'done' && end >= 0 && { output: text.slice(end + 1) }) }
}
