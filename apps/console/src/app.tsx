import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { call } from './hub/call.ts'
import { startEvents } from './hub/events.ts'
import { HubError } from './hub/hub-error.ts'
import { link, wasInterrupted } from './hub/log-in-link.ts'
import { me } from './hub/log-in.ts'
import { Shell } from './shell.tsx'
import { LogIn } from './screens/log-in.tsx'
import { Failure } from './ui/states.tsx'

/** Finds out who is logged in, and shows the console or the log-in. */
export function App() {
  const [error, setError] = useState<HubError>()
  const asking = useRef<AbortController | undefined>(undefined)
  const start = (): void => {
    setError(undefined)
    asking.current?.abort()
    const { signal } = (asking.current = new AbortController())
    call('accounts.me', {}, { signal }).then(
      (found) => {
        wasInterrupted.value = false
        me.value = found
      },
      (thrown: unknown) => {
        if (signal.aborted) return
        const failure = HubError.from(thrown)
        if (failure.status !== 401) setError(failure)
      },
    )
  }
  const isLink = link.value !== undefined
  useLayoutEffect(() => {
    // A link logs in first; the log-in then asks who it is.
    if (isLink) {
      asking.current?.abort()
      me.value = null
    } else if (me.value === undefined) start()
  }, [isLink])
  const isIn = me.value !== null && me.value !== undefined
  useEffect(() => (isIn ? startEvents() : undefined), [isIn])
  if (error)
    return (
      <div class="alone">
        <Failure error={error} retry={start} />
      </div>
    )
  if (me.value === undefined) return <div class="alone" aria-busy="true" />
  return me.value === null ? <LogIn onDone={start} /> : <Shell />
}
