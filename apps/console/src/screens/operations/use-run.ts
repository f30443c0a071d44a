import type { OperationDescription } from '@alkdev/contracts'
import { useEffect, useRef, useState } from 'preact/hooks'
import { callAny } from '../../hub/call.ts'
import type { Answer } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { readStream } from '../../hub/read-stream.ts'

/** Items of a stream that are shown, and characters of them as they came; older ones are dropped. The newest one is shown in any case. */
const MAX_ITEMS = 200
const MAX_CHARACTERS = 512 * 1024

interface StreamItem {
  readonly seq: string
  readonly data: unknown
  readonly characters: number
}

export interface Run {
  readonly busy: boolean
  readonly answer: Answer | undefined
  readonly error: HubError | undefined
  readonly durationMs: number | undefined
  /** Of a subscription, newest first. */
  readonly items: readonly StreamItem[]
  /** How many came, also those that are no longer shown. */
  readonly received: number
  readonly isStream: boolean
  readonly ended: boolean
  readonly start: (input: unknown) => void
  readonly stop: () => void
}

type State = Omit<Run, 'start' | 'stop' | 'isStream'>

const BLANK: State = {
  busy: false,
  answer: undefined,
  error: undefined,
  durationMs: undefined,
  items: [],
  received: 0,
  ended: false,
}

/** Calls an operation, or watches a subscription until it is stopped or the view is left. */
export function useRun({ operationId, type }: OperationDescription): Run {
  const [state, setState] = useState<State>(BLANK)
  const controller = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => controller.current?.abort(), [operationId])
  const isStream = type === 'subscription'

  const start = (input: unknown): void => {
    controller.current?.abort()
    const own = new AbortController()
    controller.current = own
    const begunAt = performance.now()
    const update = (change: (was: State) => State): void => {
      if (controller.current === own) setState(change)
    }
    setState({ ...BLANK, busy: true })
    const work = isStream ? watch(input, own.signal, update) : callOnce(input, own.signal, update)
    work
      .catch((thrown: unknown) => {
        const error = own.signal.aborted ? undefined : HubError.from(thrown)
        update((was) => ({ ...was, error }))
      })
      .finally(() => {
        const durationMs = performance.now() - begunAt
        update((was) => ({ ...was, busy: false, ended: true, durationMs }))
      })
  }

  async function callOnce(input: unknown, signal: AbortSignal, update: Update): Promise<void> {
    const answer = await callAny(operationId, input, { signal })
    update((was) => ({ ...was, answer }))
  }

  async function watch(input: unknown, signal: AbortSignal, update: Update): Promise<void> {
    const path = `api/operations/${encodeURIComponent(operationId)}`
    for await (const { event, id, data } of readStream(path, {
      method: 'POST',
      body: input,
      signal,
    })) {
      const value = JSON.parse(data) as unknown
      if (event === 'error') {
        const { code = 'UNKNOWN_ERROR', detail = '' } = value as { code?: string; detail?: string }
        throw new HubError(code, detail)
      }
      if (event === 'completed') return
      update((was) => ({
        ...was,
        received: was.received + 1,
        items: newest([
          { seq: id ?? String(was.received + 1), data: value, characters: data.length },
          ...was.items,
        ]),
      }))
    }
  }

  return { ...state, isStream, start, stop: () => controller.current?.abort() }
}

/** The items that are shown, of those that came, newest first. */
function newest(items: readonly StreamItem[]): readonly StreamItem[] {
  let left = MAX_CHARACTERS
  const end = items.findIndex(({ characters }, at) => {
    left -= characters
    return at > 0 && (left < 0 || at >= MAX_ITEMS)
  })
  return end === -1 ? items : items.slice(0, end)
}

type Update = (change: (was: State) => State) => void
