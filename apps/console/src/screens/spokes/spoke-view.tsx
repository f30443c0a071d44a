import type { SpokeDetails } from '@alkdev/contracts'
import { useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { hrefOf } from '../../url/location.ts'
import { Action } from '../../ui/action.tsx'
import { Status } from '../../ui/badge.tsx'
import { CliLine, shellWord } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { bytes, count } from '../../ui/format.ts'
import { Facts, PageFrame, Section } from '../../ui/page.tsx'
import { SchemaDiff } from '../../ui/schema-diff.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { Column } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { OnSpoke } from './on-spoke.tsx'
import { SpokeState } from './spokes.tsx'

/** Calls begin and end without an event of the spoke. */
const EVERY_MS = 5000

/** A spoke: its machine, its connection and what it offers, with the reason for what it may not offer. */
export function SpokeView({ id }: { readonly id: string }) {
  const loaded = useCall('spokes.get', { name: id }, { events: ['spoke.'], everyMs: EVERY_MS })
  const { data } = loaded
  const [compared, setCompared] = useState<readonly [pool: string, own: string]>()
  return (
    <PageFrame
      title={id}
      above={[['Spokes', 'spokes']]}
      actions={
        data && (
          <>
            <SpokeState spoke={data} />
            {can('spokes:write') && data.status === 'connected' && (
              <>
                <Action
                  label="Drain"
                  line={`./alkhub spokes drain ${shellWord(id)}`}
                  preview={
                    <p>
                      It gets no new calls. Those in flight have 30 s to end; then its connection is
                      closed, and its program ends.
                    </p>
                  }
                  run={() => call('spokes.drain', { name: id })}
                  onDone={loaded.reload}
                />
                <Action
                  label="Disconnect"
                  danger
                  line={`./alkhub spokes disconnect ${shellWord(id)}`}
                  preview={
                    <p>
                      Closes its connection. Calls in flight on it end with PROVIDER_LOST, and its
                      program ends.
                    </p>
                  }
                  run={() => call('spokes.disconnect', { name: id })}
                  onDone={loaded.reload}
                />
              </>
            )}
          </>
        )
      }
    >
      <Shown loaded={loaded}>
        {(spoke) => (
          <>
            {spoke.status === 'connected' && <Load load={spoke.load} />}
            <Facts
              facts={[
                ['Kind', spoke.spokeType],
                ['Version', spoke.version],
                ['Connected', spoke.connectedAt && <Ago at={spoke.connectedAt} />],
                ['Disconnected', spoke.disconnectedAt && <Ago at={spoke.disconnectedAt} />],
                ['Times attached', spoke.epoch],
                ['System', [spoke.hostInfo?.os, spoke.hostInfo?.arch].filter(Boolean).join(' ')],
                ['Node', spoke.hostInfo?.nodeVersion],
                ['Memory', spoke.hostInfo?.memory && bytes(spoke.hostInfo.memory)],
                ['Processors', spoke.hostInfo?.cpu],
                ['Owner', <Id key="owner" value={spoke.ownerId} />],
                [
                  'Calls',
                  <a
                    key="calls"
                    href={hrefOf('calls', { spoke: spoke.spokeId, spokeName: spoke.name })}
                  >
                    of this spoke
                  </a>,
                ],
              ]}
            />
            {spoke.status === 'connected' && <OnSpoke spoke={spoke} />}
            <Section title={`${spoke.operations.length} operations`}>
              {spoke.operations.length === 0 ? (
                <Empty title="It offers nothing." />
              ) : (
                <Table
                  label="Operations"
                  rows={spoke.operations}
                  keyOf={({ operationId }) => operationId}
                  hrefOf={({ operationId }) => `operations/${encodeURIComponent(operationId)}`}
                  columns={columnsOf(spoke.operations, (one) =>
                    setCompared([one.name, one.operationId]),
                  )}
                />
              )}
            </Section>
            {compared && <Compared key={compared[1]} pool={compared[0]} own={compared[1]} />}
          </>
        )}
      </Shown>
      <CliLine line={`./alkhub spokes get ${shellWord(id)}`} />
    </PageFrame>
  )
}

type Offered = SpokeDetails['operations'][number]

/** The reasons have a column when there are any. */
function columnsOf(
  operations: readonly Offered[],
  compare: (one: Offered) => void,
): readonly Column<Offered>[] {
  const isPlain = operations.every(({ reason }) => reason === undefined)
  const columns: readonly Column<Offered>[] = [
    { title: 'Operation', wide: isPlain, cell: ({ operationId }) => <code>{operationId}</code> },
    { title: 'State', cell: ({ status }) => <Status value={status} /> },
  ]
  if (isPlain) return columns
  return [
    ...columns,
    { title: 'Why', wide: true, cell: ({ reason }) => <span dir="auto">{reason ?? ''}</span> },
    {
      title: '',
      cell: (one) =>
        one.reason !== undefined &&
        one.name !== one.operationId && (
          <button type="button" onClick={() => compare(one)}>
            Compare
          </button>
        ),
    },
  ]
}

/** How many calls it runs of how many it takes. */
function Load({ load }: { readonly load: SpokeDetails['load'] }) {
  if (load === undefined)
    return (
      <p class="note">
        The process that holds its connection does not say how many calls it runs now. It is asked
        again.
      </p>
    )
  const { inFlight, waiting, capacity } = load
  return (
    <ul class="numbers">
      <li>
        <b>{count(inFlight)}</b> {inFlight === 1 ? 'call runs' : 'calls run'}
      </li>
      <li>
        <b>{count(waiting)}</b> {waiting === 1 ? 'waits' : 'wait'} for a free place
      </li>
      <li>
        <b>{count(capacity)}</b> at the same time at most{' '}
        <meter
          aria-label="Share of its capacity in use"
          min={0}
          max={1}
          high={0.9}
          value={inFlight / capacity}
        />
      </li>
    </ul>
  )
}

/** How the definition of this spoke differs from that of the other providers. */
function Compared({ pool, own }: { readonly pool: string; readonly own: string }) {
  const theirs = useCall('hub.schema', { operationId: pool })
  const ours = useCall('hub.schema', { operationId: own })
  return (
    <Section title={`${pool} of the others, and of this spoke`}>
      <Shown loaded={theirs}>
        {(before) => (
          <Shown loaded={ours}>{(after) => <SchemaDiff before={before} after={after} />}</Shown>
        )}
      </Shown>
    </Section>
  )
}
