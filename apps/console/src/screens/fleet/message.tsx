import type { SessionMessage, SessionPart } from '@alkdev/contracts/agents'
import { call } from '../../hub/call.ts'
import { memo } from '../../ui/memo.ts'
import { Action } from '../../ui/action.tsx'
import { Badge } from '../../ui/badge.tsx'
import { count } from '../../ui/format.ts'
import { Time } from '../../ui/time.tsx'
import { navigate } from '../../url/location.ts'
import { Markdown } from './markdown.tsx'
import { ToolCall } from './tool-call.tsx'

/** Characters of a part in the page at most. */
const MAX_TEXT = 64 * 1024

interface MessageProps {
  readonly message: SessionMessage
  /** Whether the session can be forked and reverted at it. */
  readonly mayChange?: boolean
}

/** A message with its parts. Drawn again only when it has changed. */
export const Message = memo(function Message({ message, mayChange = false }: MessageProps) {
  const { role, delivery, createdAt, mode, refusal, step } = message
  return (
    <article class={`message ${role}`}>
      <header>
        <strong>{role === 'user' ? 'Prompt' : role === 'assistant' ? 'Model' : role}</strong>
        {step !== undefined && role === 'assistant' && <span class="dim">step {step}</span>}
        {role === 'user' && delivery !== undefined && delivery !== 'answered' && (
          <Badge tone={delivery === 'refused' ? 'bad' : 'calm'}>{delivery}</Badge>
        )}
        {mode !== undefined && mode !== 'queue' && <Badge>{mode}</Badge>}
        {refusal !== undefined && <span class="dim">{refusal}</span>}
        <span class="when dim">
          <Time at={createdAt} />
        </span>
        {mayChange && role === 'user' && isDelivered(message) && <Changes message={message} />}
      </header>
      {message.parts.map((part, at) => (
        <Part key={at} part={part} />
      ))}
    </article>
  )
})

/** Is it part of the conversation? */
function isDelivered({ position, delivery }: SessionMessage): boolean {
  return position !== undefined || delivery === 'delivered' || delivery === 'answered'
}

function Changes({ message: { sessionId, messageId } }: { readonly message: SessionMessage }) {
  return (
    <span class="changes">
      <Action
        label="Fork"
        quiet
        line={`./alkhub sessions fork ${sessionId} --message ${messageId}`}
        preview={
          <p>
            Makes a new session that has the messages of this one up to this prompt. This session
            stays as it is.
          </p>
        }
        run={async () => {
          const made = await call('sessions.fork', { sessionId, messageId })
          navigate(`fleet/${made.sessionId}`)
        }}
      />
      <Action
        label="Revert"
        quiet
        danger
        line={`./alkhub sessions revert ${sessionId} ${messageId}`}
        preview={
          <p>
            Takes this prompt and all messages after it out of the conversation, and restores the
            files of the workspace as they were before it. It can be undone until the next message.
          </p>
        }
        run={() => call('sessions.revert', { sessionId, messageId })}
      />
    </span>
  )
}

function Part({ part }: { readonly part: SessionPart }) {
  switch (part.type) {
    case 'text':
      return <Markdown text={cut(part.text)} />
    case 'reasoning':
      return (
        <details class="reasoning">
          <summary>Reasoning</summary>
          <p dir="auto">{cut(part.text)}</p>
        </details>
      )
    case 'tool-call':
      return <ToolCall toolCall={part.toolCall} />
    case 'compaction':
      return (
        <details class="reasoning">
          <summary>Summary of what was said before</summary>
          <p dir="auto">{cut(part.text)}</p>
        </details>
      )
    case 'file':
      return (
        <p class="dim">
          File {part.filename} ({part.mediaType})
        </p>
      )
    case 'step-finish':
      return (
        <p class="finish dim">
          <a href={`calls/${part.callId}`}>{part.model}</a> · {part.finishReason} ·{' '}
          {count(part.inputTokens ?? 0)} tokens in, {count(part.outputTokens ?? 0)} out
        </p>
      )
  }
  return part satisfies never
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)} … (cut)`
}
