import type { Session } from '@alkdev/contracts/agents'
import { useEffect, useRef, useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { can } from '../../hub/log-in.ts'
import { Action } from '../../ui/action.tsx'
import { Status } from '../../ui/badge.tsx'
import { CliLine, shellWord } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { Facts, PageFrame } from '../../ui/page.tsx'
import { useGrowing } from '../../ui/growing.ts'
import { Empty, Failure, Skeleton } from '../../ui/states.tsx'
import { Ago } from '../../ui/time.tsx'
import { Changed } from './changed.tsx'
import { Message } from './message.tsx'
import type { Transcript } from './transcript.ts'
import { Steps } from './steps-view.tsx'
import { WhySessionWaits } from './why-session-waits.tsx'
import { useSession } from './use-session.ts'

/** Messages in the page, and further ones by each press of the button above them. */
const SHOWN = 100
/** Messages that are drawn at once: at first about a screen of them, then those above it, so that no drawing keeps the page from answering. */
const DRAWN = 10
/** With a turn that is not over. */
const WORKS: ReadonlySet<string> = new Set(['queued', 'running', 'waiting'])

/** A session: what was said and done, as it happens, and what can be said to it. */
export function SessionView({ id }: { readonly id: string }) {
  const transcript = useSession(id)
  const { session, error } = transcript
  return (
    <PageFrame
      title={session?.title ?? 'Session'}
      above={[['Fleet', 'fleet']]}
      note={<Id value={id} />}
      actions={session && <SessionActions session={session} />}
    >
      {error && <Failure error={error} />}
      {session === undefined ? (
        !error && <Skeleton />
      ) : (
        <>
          <WhySessionWaits session={session} />
          {session.status === 'failed' && session.endError && (
            <div class="failure">
              <p>
                <strong>{session.endError.code}</strong>{' '}
                <span dir="auto">{session.endError.message}</span>
              </p>
            </div>
          )}
          <Facts facts={factsOf(session)} />
          {session.workspaceId !== undefined && can('projects:read') && (
            <Changed key={session.workspaceId} workspaceId={session.workspaceId} />
          )}
          <Steps session={session} messages={transcript.messages} />
          <Messages transcript={transcript} session={session} />
          {transcript.reverted && can('sessions:write') && <Undo sessionId={id} />}
          {can('sessions:write') && session.status !== 'archived' && <Prompt session={session} />}
          <CliLine line={`./alkhub sessions attach ${id}`} />
        </>
      )}
    </PageFrame>
  )
}

function factsOf(session: Session) {
  return [
    ['Since', <Ago key="since" at={session.stateSince} />],
    ['Last end', session.endReason],
    ['Model', session.model],
    ['Role', session.role],
    [
      'Started by',
      session.parentId && <Id value={session.parentId} href={`fleet/${session.parentId}`} />,
    ],
    [
      'Calls',
      <a key="calls" href={`calls?session=${session.sessionId}`}>
        of this session
      </a>,
    ],
  ] as const
}

function SessionActions({ session }: { readonly session: Session }) {
  const { sessionId, status, waitingOn } = session
  const runs = WORKS.has(status)
  return (
    <>
      <Status
        value={status}
        text={waitingOn === undefined ? status : `${status} on ${waitingOn}`}
      />
      {runs && can('sessions:write') && (
        <Action
          label="Stop the turn"
          danger
          line={`./alkhub sessions stop ${sessionId}`}
          preview={
            <p>
              Ends the turn that runs or waits, and aborts its calls. The session takes prompts
              again.
            </p>
          }
          run={() => call('sessions.stop', { sessionId, reason: 'Stopped from the console.' })}
        />
      )}
    </>
  )
}

function Undo({ sessionId }: { readonly sessionId: string }) {
  return (
    <p class="note" role="status">
      Messages were taken out of the conversation.{' '}
      <Action
        label="Undo the revert"
        line={`./alkhub sessions unrevert ${sessionId}`}
        preview={<p>Puts the messages and the files of the workspace back.</p>}
        run={() => call('sessions.unrevert', { sessionId })}
      />
    </p>
  )
}

function Messages({
  transcript,
  session,
}: {
  readonly transcript: Transcript
  readonly session: Session
}) {
  const mayChange = can('sessions:write') && session.status !== 'archived'
  const { messages, draft, hasEarlier } = transcript
  const [shown, setShown] = useState(SHOWN)
  const drawn = useGrowing(Math.min(shown, messages.length), DRAWN)
  const end = useRef<HTMLDivElement>(null)
  const [following, setFollowing] = useState(true)
  useEffect(() => {
    const main = document.querySelector('main')
    if (main === null) return undefined
    // The end of the transcript, not of the page: below it are the prompt and the command.
    let before = main.scrollTop
    const onScroll = (): void => {
      const top = end.current?.getBoundingClientRect().top ?? 0
      const isNear = top - main.getBoundingClientRect().bottom < 120
      // What was added just now is no reason to stop: only a way up is.
      if (isNear || main.scrollTop < before) setFollowing(isNear)
      before = main.scrollTop
    }
    main.addEventListener('scroll', onScroll, { passive: true })
    return () => main.removeEventListener('scroll', onScroll)
  }, [])
  useEffect(() => {
    if (following) end.current?.scrollIntoView({ block: 'nearest' })
  }, [messages, draft, following, drawn])
  if (messages.length === 0 && draft === undefined)
    return <Empty title="Nothing was said yet.">Write the first message below.</Empty>
  const first = Math.max(0, messages.length - drawn)
  const isWhole = drawn === Math.min(shown, messages.length)
  return (
    // While a turn works, the style sheet hides what changes messages: no message is drawn again when a turn begins or ends.
    <div
      class={WORKS.has(session.status) ? 'transcript works' : 'transcript'}
      role="log"
      aria-label="Transcript"
      tabIndex={0}
    >
      {isWhole && first > 0 && (
        <p class="end">
          <button type="button" onClick={() => setShown(shown + SHOWN)}>
            Show {Math.min(first, SHOWN)} earlier messages ({first} in all)
          </button>
        </p>
      )}
      {first === 0 && hasEarlier && (
        <p class="end dim">
          Earlier messages: <code>{`./alkhub sessions messages ${session.sessionId}`}</code>
        </p>
      )}
      {messages.slice(first).map((message) => (
        <Message key={message.messageId} message={message} mayChange={mayChange} />
      ))}
      {draft && (
        <article class="message assistant draft" aria-busy="true">
          {draft.reasoning !== '' && <p class="reasoning">{draft.reasoning}</p>}
          <p class="said" dir="auto">
            {draft.text}
            <i class="caret" />
          </p>
          {draft.toolName !== undefined && <p class="dim">prepares a call of {draft.toolName} …</p>}
        </article>
      )}
      <div ref={end} />
      {!following && (
        <button type="button" class="follow" onClick={() => setFollowing(true)}>
          To the newest
        </button>
      )}
    </div>
  )
}

const MODES = [
  ['queue', 'After this turn'],
  ['steer', 'Into this turn'],
  ['interrupt', 'Instead of this turn'],
] as const

function Prompt({ session }: { readonly session: Session }) {
  const [text, setText] = useState('')
  const [mode, setMode] = useState<(typeof MODES)[number][0]>('queue')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<HubError>()
  const runs = session.status === 'running' || session.status === 'waiting'
  const send = async (): Promise<void> => {
    if (text.trim() === '' || busy) return
    setBusy(true)
    setError(undefined)
    try {
      await call('sessions.prompt', { sessionId: session.sessionId, text, ...(runs && { mode }) })
      setText('')
    } catch (thrown) {
      setError(HubError.from(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      class="prompt"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {error && <Failure error={error} />}
      <textarea
        rows={3}
        aria-label="Message"
        placeholder="Message (Ctrl Enter sends)"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
        }}
      />
      <div class="actions">
        {runs && (
          <select
            aria-label="When"
            value={mode}
            onChange={(event) => setMode(event.currentTarget.value as typeof mode)}
          >
            {MODES.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        )}
        <button type="submit" class="primary" disabled={busy || text.trim() === ''}>
          Send
        </button>
      </div>
      {text.trim() !== '' && (
        <CliLine line={`./alkhub sessions prompt ${session.sessionId} ${shellWord(text)}`} />
      )}
    </form>
  )
}
