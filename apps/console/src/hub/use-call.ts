import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { callAny } from './call.ts'
import { onHubEvent } from './events.ts'
import { HubError } from './hub-error.ts'
import type { Inputs, OperationName, Outputs } from './operations.ts'

export interface Loaded<T> {
  /** The newest answer; kept while it is read again, and beside an error. */
  readonly data: T | undefined
  readonly error: HubError | undefined
  readonly loading: boolean
  readonly reload: () => void
}

export interface UseCallOptions {
  /** Prefixes of the types of hub events after which the answer is read again. */
  readonly events?: readonly string[]
  /** Milliseconds after which it is read again while the page is visible. Default: never. */
  readonly everyMs?: number
}

/** Events in a burst cause one reading. */
const SETTLE_MS = 250

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

  const load = useCallback(() => {
    const { key, input } = current.current
    running.current?.abort()
    if (input === null) return
    const controller = new AbortController()
    running.current = controller
    setState((was) => ({ ...(was.key === key ? was : empty(key)), loading: true }))
    callAny(name, input, { signal: controller.signal }).then(
      ({ data }) => {
        if (!controller.signal.aborted)
          setState({ key, data: data as T, error: undefined, loading: false })
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

  useEffect(() => {
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
      }, SETTLE_MS)
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

function empty<T>(key: string): State<T> {
  return { key, data: undefined, error: undefined, loading: key !== '' }
}
