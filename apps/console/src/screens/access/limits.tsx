import { useCall } from '../../hub/use-call.ts'
import { CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { count } from '../../ui/format.ts'
import { MakeLink } from '../../ui/make-link.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

const EVERY_MS = 15_000

/** How many requests the key, the account and its organizations may make, and how many are left. */
export function Limits() {
  const loaded = useCall('limits.get', {}, { everyMs: EVERY_MS })
  return (
    <>
      <MakeLink operation="limits.set" scope="limits:write" label="Set a limit" />
      <Shown loaded={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing limits your requests." command="./alkhub call limits.get" />
          ) : (
            <Table
              label="Limits of requests"
              rows={items}
              keyOf={(one) => `${one.of} ${one.id} ${one.window}`}
              columns={[
                { title: 'Of', cell: (one) => one.of },
                { title: 'Id', wide: true, cell: ({ id }) => <Id value={id} /> },
                { title: 'Per', cell: ({ window }) => window },
                { title: 'Limit', numeric: true, cell: ({ limit }) => count(limit) },
                {
                  title: 'Left',
                  numeric: true,
                  cell: ({ remaining }) =>
                    remaining === undefined ? (
                      <span class="dim" title="Redis, which counts, does not answer.">
                        unknown
                      </span>
                    ) : (
                      count(remaining)
                    ),
                },
                { title: 'Begins again', cell: ({ resetAt }) => <Ago at={resetAt} /> },
              ]}
            />
          )
        }
      </Shown>
      <CliLine line="./alkhub call limits.get" />
    </>
  )
}
