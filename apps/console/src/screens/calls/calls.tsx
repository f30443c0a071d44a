import type { CallsListInput, CallSummary } from '@alkdev/contracts'
import { useMemo } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { idsOfPages } from '../../hub/ids-of-pages.ts'
import { can, canAct, me } from '../../hub/log-in.ts'
import { location } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'
import { BulkAction } from '../../ui/bulk-action.tsx'
import { useChoice } from '../../ui/choice.ts'
import type { Choice } from '../../ui/choice.ts'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters.tsx'
import { duration } from '../../ui/format.ts'
import { NameFilter } from '../../ui/name-filter.tsx'
import type { Named } from '../../ui/name-filter.tsx'
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
/** Ten years. */
const MAX_HOURS = 87_600

const keyOf = ({ callId }: CallSummary): string => callId

/** The calls that have ended, by what the address filters. */
export function Calls() {
  const { params } = location.value
  // The same question as long as the address is the same: its window of time does not move while pages are read.
  const input = useMemo(() => inputFrom(params), [params.toString()])
  const pages = usePages<CallSummary, 'calls.list'>('calls.list', input, { keyOf })
  const choice = useChoice(JSON.stringify(input))
  const chosen = pages.items.map(({ callId }) => callId).filter((id) => choice.chosen.has(id))
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
        <NameFilter name="spoke" label="Spoke" read={spokesNamed} />
        <NameFilter name="account" label="Account" read={accountsNamed} />
        <TextFilter name="key" label="Idempotency key" />
        <TextFilter name="slower" label="Slower than (ms)" />
        <ChoiceFilter
          name="own"
          label="Also of this log-in"
          choices={[['no', 'Without this log-in']]}
        />
        {can('calls:read') && (
          <ChoiceFilter name="whose" label="My calls" choices={[['all', 'All accounts']]} />
        )}
        <BulkAction
          label={chosen.length > 0 ? 'Repeat chosen' : 'Repeat all'}
          danger={false}
          hidden={
            !canAct() ||
            (chosen.length === 0 && input.status !== 'failed' && input.status !== 'aborted')
          }
          line="./alkhub calls repeat CALL"
          preview={<p>Calls each of these operations again with the same input and your rights.</p>}
          find={(signal) => idsOfPages('calls.list', input, signal, ({ callId }) => callId)}
          {...(chosen.length > 0 && { chosen })}
          act={(callId) => call('calls.repeat', { callId })}
          onDone={() => {
            choice.clear()
            pages.reload()
          }}
        />
      </Filters>
      {ignoredIn(params).map((says) => (
        <p key={says} class="note" role="status">
          {says}
        </p>
      ))}
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="No call matches." command="./alkhub calls list">
              <p>Only calls that have ended are listed. Widen the time or remove a filter.</p>
            </Empty>
          ) : (
            <>
              <CallTable rows={pages.items} {...(canAct() && { choice })} />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line={callLine('calls.list', input)} />
    </PageFrame>
  )
}

const MAX_NAMES = 50
const MAX_ACCOUNTS = 200

async function spokesNamed(text: string, signal: AbortSignal): Promise<readonly Named[]> {
  const input = { limit: MAX_NAMES, ...(text !== '' && { q: text }) }
  const { items } = await call('spokes.list', input, { signal })
  return items.map(({ spokeId, name, status }) => ({ id: spokeId, name, more: status }))
}

/** By their addresses, which are unique. The hub does not search accounts: the first ones are offered. */
async function accountsNamed(_text: string, signal: AbortSignal): Promise<readonly Named[]> {
  const { items } = await call('accounts.list', { limit: MAX_ACCOUNTS }, { signal })
  return items.map(({ accountId, email, displayName }) => ({
    id: accountId,
    name: email,
    ...(displayName !== undefined && { more: displayName }),
  }))
}

/** Calls in rows. */
export function CallTable({
  rows,
  choice,
}: {
  readonly rows: readonly CallSummary[]
  readonly choice?: Choice
}) {
  return (
    <Table
      {...(choice && { choice })}
      label="Calls"
      rows={rows}
      keyOf={keyOf}
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
      <Status value={status} />{' '}
      {code !== undefined && code !== 'ABORTED' && <code class="dim">{code}</code>}
    </>
  )
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What of the address does not filter, and why. */
function ignoredIn(params: URLSearchParams): readonly string[] {
  const slower = params.get('slower') ?? ''
  return [
    ...(['session', 'spoke', 'account'] as const)
      .filter((name) => (params.get(name) ?? '') !== '' && !UUID.test(params.get(name) ?? ''))
      .map((name) => `The id of the ${name} is not complete, so that it does not filter.`),
    ...(slower !== '' && !(Number(slower) >= 0)
      ? ['“Slower than” takes a number of milliseconds; it does not filter now.']
      : []),
  ]
}

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
    minDurationMs: slower >= 0 && Number.isFinite(slower) ? slower : undefined,
    from: hours > 0 && hours <= MAX_HOURS ? new Date(from).toISOString() : undefined,
    exceptKeyId: text('own') === 'no' ? me.value?.keyId : undefined,
    all: text('whose') === 'all' && uuid('account') === undefined ? true : undefined,
  }
  return {
    limit: 50,
    ...(Object.fromEntries(
      Object.entries(members).filter(([, value]) => value !== undefined),
    ) as CallsListInput),
  }
}
