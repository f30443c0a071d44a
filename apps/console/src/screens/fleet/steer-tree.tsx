import type { CoordSession } from '@alkdev/contracts/agents'
import { useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { Action } from '../../ui/action.tsx'
import { Status } from '../../ui/badge.tsx'

const MAX_LISTED = 12

/** The sessions that an act hits. */
export function HitList({ hit }: { readonly hit: readonly CoordSession[] }) {
  return (
    <ul>
      {hit.slice(0, MAX_LISTED).map((one) => (
        <li key={one.sessionId}>
          <Status value={one.status} /> <bdi>{one.title}</bdi>
        </li>
      ))}
      {hit.length > MAX_LISTED && <li class="dim">and {hit.length - MAX_LISTED} more</li>}
    </ul>
  )
}

/** Sends the same message to a session and to those below it: into the turns that run, as the next prompt to the others. */
export function SteerTree({
  hit,
  onDone,
}: {
  readonly hit: readonly CoordSession[]
  readonly onDone: () => void
}) {
  const [text, setText] = useState('')
  const [top] = hit
  if (top === undefined) return null
  const send = async (): Promise<void> => {
    if (text.trim() === '') throw new Error('Write the message first.')
    for (const { sessionId, status } of hit) {
      const runs = status === 'running' || status === 'waiting'
      const mode = runs ? { mode: 'steer' as const, fallback: 'queue' as const } : {}
      // oxlint-disable-next-line no-await-in-loop -- one after the other: the first refusal ends it
      await call('sessions.prompt', { sessionId, text, ...mode })
    }
    setText('')
  }
  return (
    <Action
      label="Steer"
      line={`./alkhub sessions prompt ${top.sessionId} MESSAGE`}
      preview={
        <>
          <p>
            Sends the message to{' '}
            {hit.length === 1
              ? 'this session'
              : `${hit.length} sessions: this one and those below it`}
            . It goes into the turns that run, and begins a turn elsewhere.
          </p>
          <HitList hit={hit} />
          <textarea
            rows={3}
            aria-label="Message to them"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </>
      }
      run={send}
      onDone={onDone}
    />
  )
}
