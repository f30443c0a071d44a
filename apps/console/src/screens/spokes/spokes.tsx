import type { Spoke, SpokesListInput } from '@alkdev/contracts'
import { location } from '../../url/location.ts'
import { Badge, Status } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { ChoiceFilter, Filters } from '../../ui/filters.tsx'
import { count } from '../../ui/format.ts'
import { PageFrame } from '../../ui/page.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

/** Calls begin and end without an event of the spoke. */
const EVERY_MS = 5000

const keyOf = ({ spokeId }: Spoke): string => spokeId

/** The machines that offer operations. */
export function Spokes() {
  const status = location.value.params.get('status') as NonNullable<
    SpokesListInput['status']
  > | null
  const pages = usePages<Spoke, 'spokes.list'>(
    'spokes.list',
    { limit: 50, load: true, ...(status !== null && { status }) },
    { keyOf, events: ['spoke.'], everyMs: EVERY_MS },
  )
  return (
    <PageFrame
      title="Spokes"
      note="The machines that offer operations, attached now or before. It changes as they come and go."
    >
      <Filters>
        <ChoiceFilter
          name="status"
          label="Any state"
          choices={['connected', 'suspended', 'disconnected']}
        />
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="No spoke serves you." command="./alkhub spoke --dir . --name laptop">
              <p>
                A spoke offers the operations of a machine or a program. This attaches the current
                folder.
              </p>
            </Empty>
          ) : (
            <>
              <Table
                label="Spokes"
                rows={pages.items}
                keyOf={keyOf}
                hrefOf={({ name }) => `spokes/${encodeURIComponent(name)}`}
                columns={[
                  { title: 'Spoke', wide: true, cell: ({ name }) => <code>{name}</code> },
                  { title: 'State', cell: (one) => <SpokeState spoke={one} /> },
                  {
                    title: 'Since',
                    cell: ({ connectedAt, disconnectedAt, status }) => (
                      <Ago at={status === 'connected' ? connectedAt : disconnectedAt} />
                    ),
                  },
                  { title: 'Calls', numeric: true, cell: ({ load }) => <LoadCell load={load} /> },
                  {
                    title: 'Operations',
                    numeric: true,
                    extra: true,
                    cell: ({ operationCount }) => operationCount,
                  },
                  {
                    title: 'Kind',
                    extra: true,
                    cell: ({ spokeType }) => <Badge>{spokeType}</Badge>,
                  },
                  {
                    title: 'System',
                    extra: true,
                    cell: ({ hostInfo }) => (
                      <span class="dim">
                        {[hostInfo?.os, hostInfo?.arch, hostInfo?.nodeVersion]
                          .filter(Boolean)
                          .join(' ')}
                      </span>
                    ),
                  },
                  { title: 'Version', extra: true, cell: ({ version }) => version ?? '' },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line="./alkhub spokes list" />
    </PageFrame>
  )
}

/** Calls that run of those that it takes at the same time, and those that wait for a free place. */
function LoadCell({ load }: { readonly load: Spoke['load'] }) {
  if (load === undefined) return <span class="dim">–</span>
  const { inFlight, waiting, capacity } = load
  return (
    <span
      class="load"
      title={`${count(inFlight)} of ${count(capacity)} calls run, ${count(waiting)} wait for a free place`}
    >
      {waiting > 0 && <Badge tone="warn">{count(waiting)} wait</Badge>} {count(inFlight)}
      <span class="dim">/{count(capacity)}</span>
    </span>
  )
}

/** Its connection; a spoke that is connected and does not answer is named so. */
export function SpokeState({ spoke: { status, unresponsiveSince } }: { readonly spoke: Spoke }) {
  return (
    <>
      <Status value={status} />
      {unresponsiveSince !== undefined && <Badge tone="warn">does not answer</Badge>}
    </>
  )
}
