import type { Session } from '@alkdev/contracts/agents'
import type { ComponentChildren } from 'preact'
import { Waiting } from '../../ui/waiting.tsx'

type Wait = NonNullable<Session['waitingOn']>

/** What a session waits for, in words, with the view where it can be seen or ended. */
const WAITS: Readonly<Record<Wait, (session: Session) => ComponentChildren>> = {
  approval: () => (
    <>
      For an answer: the call below that says “waiting”, or{' '}
      <a href="attention?kind=approval">all approvals</a>.
    </>
  ),
  child: () => (
    <>
      For sessions below it: <a href="fleet?tab=trees">the tree</a> shows what each of them does.
    </>
  ),
  timer: () => <>For a time that it set itself.</>,
  call: ({ sessionId }) => (
    <>
      For a call: the one below without an end, or{' '}
      <a href={`calls?session=${sessionId}`}>the calls of this session</a>.
    </>
  ),
  'rate-limit': () => (
    <>
      The provider of the model takes no more requests for a moment:{' '}
      <a href="models?tab=providers">providers</a>.
    </>
  ),
  merge: () => (
    <>
      For its branch to be merged: <a href="operations/coord.merges">the merge queue</a>.
    </>
  ),
  spoke: () => (
    <>
      For the spoke of its workspace to attach: <a href="spokes">spokes</a>.
    </>
  ),
  grant: ({ sessionId }) => (
    <>
      Its rights ended with the key that it was started with. <code>sessions.regrant</code> gives it
      those of your key:{' '}
      <a
        href={`operations/sessions.regrant?input=${encodeURIComponent(JSON.stringify({ sessionId }))}`}
      >
        give them
      </a>
      .
    </>
  ),
}

/** Says why a session waits; nothing for one that does not. */
export function WhySessionWaits({ session }: { readonly session: Session }) {
  const { status, waitingOn } = session
  if (waitingOn !== undefined) return <Waiting>{WAITS[waitingOn](session)}</Waiting>
  if (status === 'queued')
    return (
      <Waiting>
        For a free place: its turn begins when a turn of another session ends or waits, or when{' '}
        <a href="health">a coordinator</a> takes work.
      </Waiting>
    )
  return null
}
