import type { CallWithTree } from '../../hub/operations.ts'
import { nowMs } from '../../ui/clock.ts'
import { Ago } from '../../ui/time.tsx'
import { Waiting } from '../../ui/waiting.tsx'

/** What a call waits for that has not ended; nothing for one that has. */
export function WhyCallWaits({ found }: { readonly found: CallWithTree }) {
  const { status, queued, attempts = 0, calls = [], route, sessionId, error } = found
  if (status === 'accepted') {
    const isDue = queued?.dueAt === undefined || Date.parse(queued.dueAt) <= nowMs.value
    return (
      <Waiting>
        {!isDue && attempts === 0 && error === undefined && (
          <>
            For its time, <Ago at={queued.dueAt} />.
          </>
        )}
        {!isDue && attempts === 0 && error !== undefined && (
          <>
            Nothing took it yet (<code>{error.code}</code> <bdi>{error.message}</bdi>). It is tried
            again <Ago at={queued.dueAt} />; see <a href="spokes">the spokes</a>.
          </>
        )}
        {!isDue && attempts > 0 && (
          <>
            Attempt {attempts} of {queued.maxAttempts} failed
            {error !== undefined && (
              <>
                {' '}
                (<code>{error.code}</code> <bdi>{error.message}</bdi>)
              </>
            )}
            ; the next one is due <Ago at={queued.dueAt} />.
          </>
        )}
        {isDue && (
          <>
            It is due, and waits for a free place in the <a href="queues?tab=now">queue</a>: calls
            with a higher priority and of other accounts take turns.
          </>
        )}
      </Waiting>
    )
  }
  if (status !== 'running') return null
  return (
    <Waiting>
      {calls.length > 0 ? (
        <>
          It runs; {calls.length === 1 ? 'one call' : `${calls.length} calls`} below it ended, the
          latest is <code>{calls.at(-1)?.operationId}</code>.
        </>
      ) : (
        <>
          For the answer of <Runner found={found} />
        </>
      )}
      {route !== undefined && <> ({route})</>}.{' '}
      {sessionId !== undefined && <a href={`fleet/${sessionId}`}>The session that made it</a>}
    </Waiting>
  )
}

/** Names under which one spoke alone offers operations begin with its kind and its name. */
const OF_SPOKE = /^(?:dev|client|compute)\.([^.]+)\./

/** What runs the call, with the view of its spoke. */
function Runner({ found: { operationId, spokeId } }: { readonly found: CallWithTree }) {
  const [, name] = OF_SPOKE.exec(operationId) ?? []
  if (name !== undefined) return <a href={`spokes/${encodeURIComponent(name)}`}>{name}</a>
  return spokeId === undefined ? <>the service that runs it</> : <a href="spokes">its spoke</a>
}
