import type { SessionEvent } from '@alkdev/contracts/agents'
import { useLayoutEffect, useState } from 'preact/hooks'
import { follow } from '../../hub/follow.ts'
import type { HubError } from '../../hub/hub-error.ts'
import { applyEvent, EMPTY } from './transcript.ts'
import type { Transcript } from './transcript.ts'

/** Milliseconds between two drawings while text comes: faster than it is read, and cheap while it is long. */
const DRAW_MS = 80

/** Follows a session. Events that come shortly after each other are drawn together, so that fast text costs little. */
export function useSession(
  sessionId: string,
): Transcript & { readonly error: HubError | undefined } {
  const [transcript, setTranscript] = useState<Transcript>(EMPTY)
  const [error, setError] = useState<HubError>()
  const [round, setRound] = useState(0)
  // Asked before the view is drawn for the first time, so that the hub works meanwhile.
  useLayoutEffect(() => {
    let state = EMPTY
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = (): void => {
      clearTimeout(timer)
      timer = undefined
      setTranscript(state)
    }
    const stop = follow({
      path: `api/sessions/${encodeURIComponent(sessionId)}/events`,
      onEvent({ event, data }) {
        if (event === 'error' || event === 'completed') return undefined
        const parsed = JSON.parse(data) as SessionEvent
        // The messages that are there again come with a new snapshot.
        if (parsed.type === 'messages.restored') return setRound((was) => was + 1)
        state = applyEvent(state, parsed)
        // What there is so far is drawn at once.
        if (parsed.type === 'snapshot') show()
        else timer ??= setTimeout(show, DRAW_MS)
        return undefined
      },
      onEnd: setError,
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [sessionId, round])
  return { ...transcript, error }
}
