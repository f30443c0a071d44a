import type { CallsListInput, CallSummary } from '@alkdev/contracts'
import { call } from '../../hub/call.ts'
import { idsOfPages } from '../../hub/ids-of-pages.ts'
import { can } from '../../hub/log-in.ts'
import { location } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'
import { BulkAction } from '../../ui/bulk-action.tsx'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters.tsx'
import { duration } from '../../ui/format.ts'
import { PageFrame } from '../../ui/page.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const WINDOWS = [
  ['1', 'Last hour'],
  ['24', 'Last day'],
  ['168', 'Last week'],
] as const
const HOUR_MS = 3_600_000

/** The calls that have ended, by what the address filters. */
export function Calls() {
  const input = inputFrom(location.value.params)
  const pages = usePages<CallSummary, 'calls.list'>('calls.list', input)
  return (
    <PageFrame
      title="Calls"
      note="Every call that has ended: what was called, by whom, how it ended and how long it took."
      actions={
        <button type="button" onClick={pages.reload}>
          Read again
        </button>
      }
    >
      <Filters>
        <TextFilter name="op" label="Operation, for instance fs.read" wide />
        <ChoiceFilter
          name="status"
          label="Any outcome"
          choices={['completed', 'failed', 'aborted']}
        />
        <TextFilter name="code" label="Error code" />
        <ChoiceFilter name="hours" label="Any time" choices={WINDOWS} />
        <TextFilter name="id" label="Call id begins with" />
        <TextFilter name="session" label="Session id" />
        <TextFilter name="spoke" label="Spoke id" />
        <TextFilter name="account" label="Account id" />
        <TextFilter name="key" label="Idempotency key" />
        <TextFilter name="slower" label="Slower than (ms)" />
        {can('calls:read') && (
          <ChoiceFilter name="whose" label="My calls" choices={[['all', 'All accounts']]} />
        )}
        {(input.status === 'failed' || input.status === 'aborted') && (
          <BulkAction
            label="Repeat all"
            danger={false}
            line="./alkhub calls repeat CALL"
            preview={
              <p>Calls each of these operations again with the same input and your rights.</p>
            }
            find={(signal) => idsOfPages('calls.list', input, signal, ({ callId }) => callId)}
            act={(callId) => call('calls.repeat', { callId })}
            onDone={pages.reload}
          />
        )}
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="No call matches." command="./alkhub calls list">
              <p>Only calls that have ended are listed. Widen the time or remove a filter.</p>
            </Empty>
          ) : (
            <>
              <CallTable rows={pages.items} />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line={callLine('calls.list', input)} />
    </PageFrame>
  )
}

/** Calls in rows. */
export function CallTable({ rows }: { readonly rows: readonly CallSummary[] }) {
  return (
    <Table
      label="Calls"
      rows={rows}
      keyOf={({ callId }) => callId}
      hrefOf={({ callId }) => `calls/${callId}`}
      columns={[
        {
          title: 'Operation',
          wide: true,
          cell: ({ operationId }) => <code title={operationId}>{operationId}</code>,
        },
        { title: 'Outcome', cell: ({ status, code }) => <Outcome status={status} code={code} /> },
        { title: 'Dispatched', cell: ({ startedAt }) => <Time at={startedAt} /> },
        { title: 'Took', numeric: true, cell: ({ durationMs }) => duration(durationMs) },
        {
          title: 'Attempts',
          numeric: true,
          extra: true,
          cell: ({ attempts = 1 }) =>
            attempts > 1 ? <strong>{attempts}</strong> : <span class="dim">{attempts}</span>,
        },
        { title: 'Call', extra: true, cell: ({ callId }) => <Id value={callId} /> },
      ]}
    />
  )
}

function Outcome({ status, code }: { readonly status: string; readonly code: string | undefined }) {
  return (
    <>
      <Status value={status} /> {code !== undefined && <code class="dim">{code}</code>}
    </>
  )
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function inputFrom(params: URLSearchParams): CallsListInput {
  const text = (name: string): string | undefined => params.get(name) || undefined
  const hours = Number(text('hours') ?? Number.NaN)
  const slower = Number(text('slower') ?? Number.NaN)
  const uuid = (name: string): string | undefined => {
    const value = text(name)
    return value !== undefined && UUID.test(value) ? value : undefined
  }
  const status = text('status') as CallsListInput['status']
  // To the minute, so that the same view asks the same question.
  const from = Math.floor((Date.now() - hours * HOUR_MS) / 60_000) * 60_000
  const members = {
    operationId: text('op'),
    status,
    code: text('code'),
    idPrefix: text('id'),
    sessionId: uuid('session'),
    spokeId: uuid('spoke'),
    accountId: uuid('account'),
    idempotencyKey: text('key'),
    minDurationMs: Number.isFinite(slower) ? slower : undefined,
    from: Number.isFinite(hours) ? new Date(from).toISOString() : undefined,
    all: text('whose') === 'all' && uuid('account') === undefined ? true : undefined,
  }
  return {
    limit: 50,
    ...(Object.fromEntries(
      Object.entries(members).filter(([, value]) => value !== undefined),
    ) as CallsListInput),
  }
}
