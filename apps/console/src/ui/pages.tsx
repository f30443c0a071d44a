import { useEffect, useState } from 'preact/hooks'
import { call } from '../hub/call.ts'
import { HubError } from '../hub/hub-error.ts'
import type { Inputs, OperationName, Page } from '../hub/operations.ts'
import { useCall } from '../hub/use-call.ts'
import type { Loaded, UseCallOptions } from '../hub/use-call.ts'

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

/** The first page of a list, and further ones when they are asked for. The first page alone is read again by events. */
export function usePages<T, Name extends OperationName>(
  name: Name,
  input: Inputs[Name] | null,
  options?: UseCallOptions,
): Paged<T> {
  const first = useCall(name, input, options) as unknown as Loaded<Page<T>>
  const key = JSON.stringify(input)
  const [rest, setRest] = useState<Rest<T> | undefined>()
  const [failure, setFailure] = useState<HubError>()
  const [reading, setReading] = useState(false)
  useEffect(() => {
    setRest(undefined)
    setFailure(undefined)
  }, [key])
  const own = rest?.key === key ? rest : undefined
  const nextCursor = own === undefined ? first.data?.nextCursor : own.nextCursor

  const more = async (): Promise<void> => {
    if (nextCursor === undefined || reading) return
    setReading(true)
    try {
      const next = { ...input, cursor: nextCursor } as Inputs[Name]
      const page = (await call(name, next)) as unknown as Page<T>
      setRest({ key, items: [...(own?.items ?? []), ...page.items], nextCursor: page.nextCursor })
      setFailure(undefined)
    } catch (error) {
      setFailure(HubError.from(error))
    } finally {
      setReading(false)
    }
  }
  return {
    ...first,
    error: first.error ?? failure,
    loading: first.loading || reading,
    items: [...(first.data?.items ?? []), ...(own?.items ?? [])],
    hasMore: nextCursor !== undefined,
    more: () => void more(),
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
