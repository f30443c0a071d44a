import type { CoordSession } from '@alkdev/contracts/agents'
import { useRef, useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
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

interface Refusal {
  readonly session: CoordSession
  readonly error: HubError
}

/** The message that was sent last, and who refused it. */
interface Sent {
  readonly text: string
  readonly refused: readonly Refusal[]
}

const NOTHING_SENT: Sent = { text: '', refused: [] }

/**
 * Sends the same message to a session and to those below it: into the turns that run, as the next prompt to the others. One that refuses it does not
 * keep it from the others: those that refused are named, and the same message that is sent again goes to them alone.
 */
export function SteerTree({
  topId,
  hitOf,
  onDone,
}: {
  readonly topId: string
  /** The session and those below it, when it is opened. */
  readonly hitOf: () => readonly CoordSession[]
  readonly onDone: () => void
}) {
  const [text, setText] = useState('')
  const [last, setLast] = useState<Sent>(NOTHING_SENT)
  // What the preview has shown is what it is sent to.
  const hit = useRef<readonly CoordSession[]>([])
  const refused = last.text === text ? last.refused : []
  const send = async (): Promise<void> => {
    if (text.trim() === '')
      throw new HubError('NO_MESSAGE', 'There is no message yet. Write it above.')
    const to = refused.length === 0 ? hit.current : refused.map(({ session }) => session)
    const refusals: Refusal[] = []
    for (const session of to)
      try {
        // oxlint-disable-next-line no-await-in-loop -- parents before those below them
        await steer(session, text)
      } catch (thrown) {
        refusals.push({ session, error: HubError.from(thrown) })
      }
    setLast({ text, refused: refusals })
    if (refusals.length > 0)
      throw new HubError(
        'NOT_SENT_TO_ALL',
        `${to.length - refusals.length} of ${to.length} took the message. The list above says why the others did not; sending it again sends it to them alone.`,
      )
    setText('')
  }
  return (
    <Action
      label="Steer"
      line={`./alkhub sessions prompt ${topId} MESSAGE`}
      preview={
        <>
          <Preview hitOf={() => (hit.current = hitOf())} refused={refused} />
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

function Preview({
  hitOf,
  refused,
}: {
  readonly hitOf: () => readonly CoordSession[]
  readonly refused: readonly Refusal[]
}) {
  const [hit] = useState(hitOf)
  return (
    <>
      <p>
        Sends the message to{' '}
        {refused.length > 0
          ? 'those that refused it'
          : hit.length === 1
            ? 'this session'
            : `${hit.length} sessions: this one and those below it`}
        . It goes into the turns that run, and begins a turn elsewhere.
      </p>
      {refused.length === 0 ? (
        <HitList hit={hit} />
      ) : (
        <ul aria-label="Refused">
          {refused.map(({ session: { sessionId, title, status }, error }) => (
            <li key={sessionId}>
              <Status value={status} /> <bdi>{title}</bdi>: <code>{error.code}</code>{' '}
              {error.message}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function steer({ sessionId, status }: CoordSession, text: string): Promise<unknown> {
  const runs = status === 'running' || status === 'waiting'
  const mode = runs ? { mode: 'steer' as const, fallback: 'queue' as const } : {}
  return call('sessions.prompt', { sessionId, text, ...mode })
}
