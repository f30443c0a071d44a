import type { SessionToolCall } from '@alkdev/contracts/agents'
import { useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { can } from '../../hub/log-in.ts'
import { Status } from '../../ui/badge.tsx'
import { duration } from '../../ui/format.ts'
import { Json } from '../../ui/json.tsx'
import { Failure } from '../../ui/states.tsx'

/** A call of a tool by the model: what went in and came out, the call that it made, and its approval while it waits for one. */
export function ToolCall({ toolCall }: { readonly toolCall: SessionToolCall }) {
  const {
    toolName,
    operationId,
    status,
    callId,
    input,
    output,
    outputBytes,
    error,
    startedAt,
    endedAt,
  } = toolCall
  const took =
    startedAt !== undefined && endedAt !== undefined
      ? Date.parse(endedAt) - Date.parse(startedAt)
      : undefined
  return (
    <div class={`tool ${status}`}>
      <details open={status === 'waiting' || status === 'failed'}>
        <summary>
          <code>{operationId ?? toolName}</code> <Status value={status} />{' '}
          <span class="dim">{duration(took)}</span>
        </summary>
        <Json value={input} name={`${toolName} input`} />
        {output !== undefined && (
          <>
            <pre class="json" tabIndex={0} role="region" aria-label={`${toolName} output`}>
              {output}
            </pre>
            {outputBytes !== undefined && outputBytes > output.length && (
              <p class="note">
                The whole output: <code>./alkhub call sessions.output</code>
              </p>
            )}
          </>
        )}
        {error && (
          <p class="wrong" dir="auto">
            {error.code} {error.message}
          </p>
        )}
        {callId !== undefined && <a href={`calls/${callId}`}>Show the call</a>}
      </details>
      {status === 'waiting' && toolCall.approvalId !== undefined && can('sessions:approve') && (
        <Approve approvalId={toolCall.approvalId} />
      )}
    </div>
  )
}

function Approve({ approvalId }: { readonly approvalId: string }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<HubError>()
  const answer = async (decision: 'allow' | 'deny', scope?: 'session'): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await call('approvals.answer', { approvalId, decision, ...(scope && { scope }) })
    } catch (thrown) {
      setError(HubError.from(thrown))
      setBusy(false)
    }
  }
  return (
    <div class="approve">
      {error && <Failure error={error} />}
      <button type="button" class="primary" disabled={busy} onClick={() => void answer('allow')}>
        Allow
      </button>
      <button type="button" disabled={busy} onClick={() => void answer('allow', 'session')}>
        Allow for this session
      </button>
      <button type="button" class="danger" disabled={busy} onClick={() => void answer('deny')}>
        Deny
      </button>
    </div>
  )
}
