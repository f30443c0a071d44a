import { useCall } from '../../hub/use-call.ts'
import { Badge } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { count, duration } from '../../ui/format.ts'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'

/** The providers with what keeps requests from them, and their latency in the last hour. */
export function Providers() {
  const loaded = useCall('inference.providers', {}, { everyMs: 10_000 })
  return (
    <>
      <Shown loaded={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There are no providers." command="./alkhub providers add --help" />
          ) : (
            <Table
              label="Providers"
              rows={items}
              keyOf={({ name }) => name}
              columns={[
                { title: 'Provider', cell: ({ name }) => <code>{name}</code> },
                {
                  title: 'State',
                  wide: true,
                  cell: ({ broken, refusedKeys, openTargets }) => (
                    <>
                      {broken === undefined &&
                        refusedKeys.length === 0 &&
                        openTargets.length === 0 && <Badge tone="good">takes requests</Badge>}
                      {broken !== undefined && <Badge tone="bad">{broken}</Badge>}
                      {refusedKeys.map(({ key, reason, retryAfterMs }) => (
                        <Badge key={key} tone="warn">
                          key {key || 'default'}: {reason}, again in {duration(retryAfterMs)}
                        </Badge>
                      ))}
                      {openTargets.map(({ model, retryAfterMs }) => (
                        <Badge key={model} tone="warn">
                          {model}: again in {duration(retryAfterMs)}
                        </Badge>
                      ))}
                    </>
                  ),
                },
                {
                  title: 'First token',
                  numeric: true,
                  cell: ({ latency }) =>
                    inTwo(latency?.firstTokenP50Ms, latency?.firstTokenP95Ms, latency?.requests),
                },
                {
                  title: 'Whole answer',
                  numeric: true,
                  cell: ({ latency }) => inTwo(latency?.p50Ms, latency?.p95Ms, latency?.requests),
                },
                {
                  title: 'Requests',
                  numeric: true,
                  extra: true,
                  cell: ({ latency }) => count(latency?.requests ?? 0),
                },
              ]}
            />
          )
        }
      </Shown>
      <p class="end">
        Times are of the requests of all accounts in the last hour that ended well: half of them
        took at most the first, 95 % at most the second.
      </p>
      <CliLine line="./alkhub call inference.providers" />
    </>
  )
}

/** Half and 95 % of the requests. */
function inTwo(p50: number | undefined, p95: number | undefined, requests = 0) {
  if (p50 === undefined || p95 === undefined) return <span class="dim">–</span>
  return (
    <span class="nowrap" title={`of ${requests} requests`}>
      {duration(p50)} <span class="dim">/ {duration(p95)}</span>
    </span>
  )
}
