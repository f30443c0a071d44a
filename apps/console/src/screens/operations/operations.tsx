import type { OperationDescription } from '@alkdev/contracts'
import { useEffect, useState } from 'preact/hooks'
import { HubError } from '../../hub/hub-error.ts'
import type { Page } from '../../hub/operations.ts'
import { request } from '../../hub/request.ts'
import { hrefOf, location } from '../../url/location.ts'
import { Badge, Kind } from '../../ui/badge.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters.tsx'
import { PageFrame } from '../../ui/page.tsx'
import { Empty, Failure, Skeleton } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'

type Listed = Pick<OperationDescription, 'operationId' | 'type' | 'title' | 'description'> & {
  readonly departed?: true
  readonly unavailable?: true
}

const PAGE = 100

/** All operations that the key may call, with a search in words. */
export function Operations() {
  const { params } = location.value
  const query = hrefOf('api/operations', {
    limit: String(PAGE),
    q: params.get('q') ?? '',
    type: params.get('type') ?? '',
    namespace: params.get('in') ?? '',
  })
  const { items, nextCursor, error, loading, more } = useOperations(query)
  return (
    <PageFrame
      title="Operations"
      note="Everything that your key may call: of the hub, of spokes and of outside services."
    >
      <Filters>
        <TextFilter name="q" label="Search in words, for instance: read a file" wide />
        <TextFilter name="in" label="Namespace" />
        <ChoiceFilter
          name="type"
          label="Any kind"
          choices={['query', 'mutation', 'subscription']}
        />
      </Filters>
      {error && <Failure error={error} retry={more} />}
      {items === undefined ? (
        !error && <Skeleton />
      ) : items.length === 0 ? (
        <Empty title="No operation matches." command="./alkhub ops">
          <p>Search with other words, or attach a spoke that offers what you look for.</p>
        </Empty>
      ) : (
        <>
          <Table
            label="Operations"
            rows={items}
            keyOf={(row) => row.operationId}
            hrefOf={(row) => `operations/${encodeURIComponent(row.operationId)}`}
            columns={[
              { title: 'Operation', cell: (row) => <code>{row.operationId}</code> },
              { title: 'Kind', cell: (row) => <Kind value={row.type} /> },
              {
                title: 'What it does',
                wide: true,
                cell: (row) => (
                  <span dir="auto" title={row.description}>
                    {row.unavailable && <Badge tone="bad">unavailable</Badge>} {row.description}
                  </span>
                ),
              },
            ]}
          />
          <p class="end">
            {nextCursor === undefined ? (
              `${items.length} in all`
            ) : (
              <button type="button" disabled={loading} onClick={more}>
                Show more ({items.length} shown)
              </button>
            )}
          </p>
        </>
      )}
    </PageFrame>
  )
}

interface Found {
  readonly query: string
  readonly items: readonly Listed[] | undefined
  readonly nextCursor: string | undefined
  readonly error: HubError | undefined
  readonly loading: boolean
}

function useOperations(query: string): Found & { readonly more: () => void } {
  const blank: Found = {
    query,
    items: undefined,
    nextCursor: undefined,
    error: undefined,
    loading: true,
  }
  const [found, setFound] = useState<Found>(blank)
  const read = (before: Found, signal?: AbortSignal): void => {
    setFound({ ...before, loading: true, error: undefined })
    const cursor =
      before.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(before.nextCursor)}`
    // A further page that comes after the search has changed is dropped.
    const show = (next: Found): void => setFound((was) => (was.query === query ? next : was))
    request(`${query}${cursor}`, signal === undefined ? {} : { signal })
      .then(async (answer) => (await answer.json()) as Page<Listed>)
      .then(
        (page) =>
          show({
            query,
            items: [...(before.items ?? []), ...page.items],
            nextCursor: page.nextCursor,
            error: undefined,
            loading: false,
          }),
        (error: unknown) => {
          if (signal?.aborted !== true)
            show({ ...before, error: HubError.from(error), loading: false })
        },
      )
  }
  useEffect(() => {
    const controller = new AbortController()
    read(blank, controller.signal)
    return () => controller.abort()
  }, [query])
  const shown = found.query === query ? found : blank
  return { ...shown, more: () => read(shown) }
}
