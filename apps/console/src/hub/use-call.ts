import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { callAny } from './call.ts'
import { onHubEvent } from './events.ts'
import { HubError } from './hub-error.ts'
import type { Inputs, OperationName, Outputs } from './operations.ts'
import { shareEqual } from './share-equal.ts'

export interface Loaded<T> {
  /** The newest answer; kept while it is read again, and beside an error. */
  readonly data: T | undefined
  readonly error: HubError | undefined
  /** There is no answer yet, and one is read. */
  readonly loading: boolean
  readonly reload: () => void
}

export interface UseCallOptions {
  /** Prefixes of the types of hub events after which the answer is read again. */
  readonly events?: readonly string[]
  /** Milliseconds after which it is read again while the page is visible. Default: never. */
  readonly everyMs?: number
}

/** Events in a burst cause one reading; the pause before it, at least, and at most. */
const SETTLE_MS = 250
const MAX_SETTLE_MS = 5000
/** The pause is this many times as long as the latest reading took until it was drawn: a large view that changes all the time leaves the page free. */
const SETTLE_SHARE = 6

interface State<T> {
  readonly key: string
  readonly data: T | undefined
  readonly error: HubError | undefined
  readonly loading: boolean
}

/** The answer of an operation, read when the input changes, with `null` not at all. An answer to an earlier input is never shown for a later one. */
export function useCall<Name extends OperationName>(
  name: Name,
  input: Inputs[Name] | null,
  options?: UseCallOptions,
): Loaded<Outputs[Name]> {
  return useAnyCall<Outputs[Name]>(name, input, options)
}

/** The same for an operation whose name and answer the hub does not define, for instance one of a spoke. */
export function useAnyCall<T>(
  name: string,
  input: object | null,
  { events = [], everyMs }: UseCallOptions = {},
): Loaded<T> {
  const key = input === null ? '' : `${name} ${JSON.stringify(input)}`
  const [state, setState] = useState<State<T>>(empty(key))
  const running = useRef<AbortController | undefined>(undefined)
  const current = useRef({ key, input })
  current.current = { key, input }
  const settleMs = useRef(SETTLE_MS)

  const load = useCallback(() => {
    const { key, input } = current.current
    running.current?.abort()
    if (input === null) return
    const controller = new AbortController()
    running.current = controller
    // That an answer is read again draws nothing; what comes does.
    setState((was) => {
      if (was.key !== key) return empty(key)
      return was.loading || was.data !== undefined ? was : { ...was, loading: true }
    })
    const begunAt = performance.now()
    callAny(name, input, { signal: controller.signal }).then(
      ({ data }) => {
        if (controller.signal.aborted) return
        setState((was) => ({
          key,
          data: shareEqual(was.key === key ? was.data : undefined, data as T),
          error: undefined,
          loading: false,
        }))
        afterDrawing(() => {
          const tookMs = performance.now() - begunAt
          settleMs.current = Math.min(Math.max(SETTLE_MS, tookMs * SETTLE_SHARE), MAX_SETTLE_MS)
        })
      },
      (thrown: unknown) => {
        if (controller.signal.aborted) return
        const error = HubError.from(thrown)
        setState((was) => ({
          key,
          data: was.key === key ? was.data : undefined,
          error,
          loading: false,
        }))
      },
    )
  }, [name])

  // Asked before the view is drawn for the first time, so that the hub works meanwhile.
  useLayoutEffect(() => {
    load()
    return () => running.current?.abort()
  }, [key, load])

  const watched = events.join(' ')
  useEffect(() => {
    if (key === '') return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        load()
      }, settleMs.current)
    }
    const prefixes = watched === '' ? [] : watched.split(' ')
    const stop = onHubEvent((event) => {
      if (event === 'gap' || prefixes.some((prefix) => event.type.startsWith(prefix))) soon()
    })
    const interval =
      everyMs === undefined
        ? undefined
        : setInterval(() => document.visibilityState === 'visible' && load(), everyMs)
    return () => {
      stop()
      clearTimeout(timer)
      clearInterval(interval)
    }
  }, [key, watched, everyMs, load])

  const shown = state.key === key ? state : empty<T>(key)
  return { data: shown.data, error: shown.error, loading: shown.loading, reload: load }
}

/** Runs after what was just set is drawn; in a page that is not visible nothing is drawn. */
function afterDrawing(act: () => void): void {
  requestAnimationFrame(() => setTimeout(act))
}

function empty<T>(key: string): State<T> {
  return { key, data: undefined, error: undefined, loading: key !== '' }
}
