import { useEffect, useRef, useState } from 'preact/hooks'
import { call } from '../hub/call.ts'
import { HubError } from '../hub/hub-error.ts'
import type { Inputs, OperationName, Page } from '../hub/operations.ts'
import { useCall } from '../hub/use-call.ts'
import type { Loaded, UseCallOptions } from '../hub/use-call.ts'
import { pushedOff, withoutRepeats } from './page-items.ts'

export interface Paged<T> extends Loaded<Page<T>> {
  /** Of all pages that were read. */
  readonly items: readonly T[]
  readonly hasMore: boolean
  readonly more: () => void
}

interface Rest<T> {
  readonly key: string
  readonly items: readonly T[]
  readonly nextCursor: string | undefined
}

export interface UsePagesOptions<T> extends UseCallOptions {
  /** What tells one item from the others. */
  readonly keyOf: (item: T) => string
}

/** Pages that are read again after an act, at most; what is further down is read when it is asked for. */
const MAX_PAGES_AGAIN = 20

/**
 * The first page of a list, and further ones when they are asked for. Events read the first page alone again, and `reload`, for after an act, all that
 * are shown.
 */
export function usePages<T, Name extends OperationName>(
  name: Name,
  input: Inputs[Name] | null,
  { keyOf, ...options }: UsePagesOptions<T>,
): Paged<T> {
  const first = useCall(name, input, options) as unknown as Loaded<Page<T>>
  const key = JSON.stringify(input)
  const [rest, setRest] = useState<Rest<T> | undefined>()
  const [failure, setFailure] = useState<HubError>()
  const [reading, setReading] = useState(false)
  const latestKey = useRef(key)
  latestKey.current = key
  useEffect(() => {
    setRest(undefined)
    setFailure(undefined)
    setReading(false)
  }, [key])
  const own = rest?.key === key ? rest : undefined
  const nextCursor = own === undefined ? first.data?.nextCursor : own.nextCursor

  // What new items push off the first page is shown below it.
  const before = useRef<{ readonly key: string; readonly page: Page<T> | undefined }>(undefined)
  useEffect(() => {
    const was = before.current
    before.current = { key, page: first.data }
    if (own === undefined || was?.key !== key || was.page === undefined) return
    if (first.data === undefined || first.data === was.page) return
    const pushed = pushedOff(was.page, first.data, keyOf)
    setRest(pushed && { ...own, items: [...pushed, ...own.items] })
  }, [key, first.data])

  const read = async (work: () => Promise<Rest<T>>): Promise<void> => {
    if (reading) return
    setReading(true)
    try {
      const next = await work()
      if (latestKey.current !== key) return
      setRest(next)
      setFailure(undefined)
    } catch (error) {
      if (latestKey.current === key) setFailure(HubError.from(error))
    } finally {
      if (latestKey.current === key) setReading(false)
    }
  }
  const pageAt = async (cursor: string | undefined): Promise<Page<T>> => {
    const next = { ...input, ...(cursor !== undefined && { cursor }) } as Inputs[Name]
    return (await call(name, next)) as unknown as Page<T>
  }
  const more = async (): Promise<Rest<T>> => {
    const page = await pageAt(nextCursor)
    return { key, items: [...(own?.items ?? []), ...page.items], nextCursor: page.nextCursor }
  }
  const again = async (): Promise<Rest<T>> => {
    const items: T[] = []
    let cursor = (await pageAt(undefined)).nextCursor
    for (let pages = 1; cursor !== undefined && pages < MAX_PAGES_AGAIN; pages += 1) {
      if (items.length >= (own?.items.length ?? 0)) break
      // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before it ends
      const page = await pageAt(cursor)
      items.push(...page.items)
      cursor = page.nextCursor
    }
    return { key, items, nextCursor: cursor }
  }
  return {
    ...first,
    error: first.error ?? failure,
    loading: first.loading || reading,
    items: withoutRepeats([...(first.data?.items ?? []), ...(own?.items ?? [])], keyOf),
    hasMore: nextCursor !== undefined,
    more: () => {
      if (nextCursor !== undefined) void read(more)
    },
    reload: () => {
      first.reload()
      if (own !== undefined) void read(again)
    },
  }
}

/** The button that reads the next page of a list. */
export function More<T>({ pages }: { readonly pages: Paged<T> }) {
  if (!pages.hasMore)
    return pages.items.length > 0 ? <p class="end">{pages.items.length} in all</p> : null
  return (
    <p class="end">
      <button type="button" onClick={pages.more} disabled={pages.loading}>
        {pages.loading ? 'Reading …' : `Show more (${pages.items.length} shown)`}
      </button>
    </p>
  )
}
