import type { CallsQueuedInput, QueuedCallItem } from '@alkdev/contracts'
import { useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { location } from '../../url/location.ts'
import { Action } from '../../ui/action.tsx'
import { Status } from '../../ui/badge.tsx'
import { BulkAction } from '../../ui/bulk-action.tsx'
import { idsOfPages } from '../../hub/ids-of-pages.ts'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { ChoiceFilter, Filters, tabOf, Tabs, TextFilter } from '../../ui/filters.tsx'
import { count, duration } from '../../ui/format.ts'
import { PageFrame } from '../../ui/page.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago, Time } from '../../ui/time.tsx'

const TABS = [
  ['calls', 'Queued calls'],
  ['now', 'Now'],
  ['schedules', 'Schedules'],
] as const
const EVERY_MS = 5000
const STATES = ['accepted', 'running', 'completed', 'failed', 'aborted'] as const

/** Calls that the hub makes later or again: what waits, what failed, what is done next. */
export function Queues() {
  const tab = tabOf('tab', TABS)
  return (
    <PageFrame
      title="Queues"
      note="Calls that survive every process: what waits, what runs, what failed permanently."
    >
      <Tabs name="tab" tabs={TABS} />
      {tab === 'now' ? <Now /> : tab === 'schedules' ? <Schedules /> : <Queued />}
    </PageFrame>
  )
}

function Queued() {
  const { params } = location.value
  const status = params.get('status') as NonNullable<CallsQueuedInput['status']> | null
  const operationId = params.get('op')
  const code = params.get('code')
  const input: CallsQueuedInput = {
    limit: 50,
    ...(status !== null && { status }),
    ...(operationId !== null && { operationId }),
    ...(code !== null && { code }),
  }
  const pages = usePages<QueuedCallItem, 'calls.queued'>('calls.queued', input, {
    everyMs: EVERY_MS,
  })
  return (
    <>
      <Filters>
        <TextFilter name="op" label="Operation" wide />
        <ChoiceFilter name="status" label="Any state" choices={STATES} />
        <TextFilter name="code" label="Error code" />
        {status === 'failed' && can('calls:enqueue') && (
          <RepeatDead operationId={operationId} code={code} onDone={pages.reload} />
        )}
        {(status === 'accepted' || status === 'running') && (
          <BulkAction
            label="Abort all"
            line="./alkhub calls abort CALL"
            preview={<p>Ends each of these calls and the calls below it.</p>}
            find={(signal) => idsOfPages('calls.queued', input, signal, ({ callId }) => callId)}
            act={(callId) => call('calls.abort', { callId, reason: 'Aborted from the console.' })}
            onDone={pages.reload}
          />
        )}
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty
              title="No queued call matches."
              command={`./alkhub call calls.enqueue '{"operationId":"accounts.me"}'`}
            >
              <p>
                A queued call is stored first and made later, and repeated as its operation allows.
              </p>
            </Empty>
          ) : (
            <>
              <Table
                label="Queued calls"
                rows={pages.items}
                keyOf={({ callId }) => callId}
                hrefOf={({ callId }) => `calls/${callId}`}
                columns={[
                  {
                    title: 'Operation',
                    wide: true,
                    cell: ({ operationId }) => <code title={operationId}>{operationId}</code>,
                  },
                  {
                    title: 'State',
                    cell: ({ status, error }) => (
                      <>
                        <Status value={status} /> {error && <code class="dim">{error.code}</code>}
                      </>
                    ),
                  },
                  { title: 'Due', cell: ({ dueAt }) => <Ago at={dueAt} /> },
                  {
                    title: 'Attempts',
                    numeric: true,
                    cell: ({ attempts, maxAttempts }) => `${attempts}/${maxAttempts}`,
                  },
                  {
                    title: 'Priority',
                    numeric: true,
                    extra: true,
                    cell: ({ priority }) => priority,
                  },
                  {
                    title: 'Accepted',
                    extra: true,
                    cell: ({ acceptedAt }) => <Time at={acceptedAt} />,
                  },
                  {
                    title: 'Repeated as',
                    extra: true,
                    cell: ({ repeatedAs }) =>
                      repeatedAs && <Id value={repeatedAs} href={`calls/${repeatedAs}`} />,
                  },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line={callLine('calls.queued', input)} />
    </>
  )
}

/** Repeats the dead letters that the filters match: counts them first. */
function RepeatDead({
  operationId,
  code,
  onDone,
}: {
  readonly operationId: string | null
  readonly code: string | null
  readonly onDone: () => void
}) {
  const filter = { ...(operationId !== null && { operationId }), ...(code !== null && { code }) }
  return (
    <Action
      label="Repeat dead letters"
      line={callLine('calls.repeatDead', filter)}
      preview={<DeadCount filter={filter} />}
      run={() => call('calls.repeatDead', filter)}
      onDone={onDone}
    />
  )
}

function DeadCount({
  filter,
}: {
  readonly filter: { readonly operationId?: string; readonly code?: string }
}) {
  const [input] = useState({ ...filter, dryRun: true })
  const loaded = useCall('calls.repeatDead', input)
  return (
    <Shown loaded={loaded}>
      {({ repeated, left }) => (
        <p>
          Queues {repeated.length} calls again
          {left > 0 && `; ${left} more match and stay for the next time`}.
        </p>
      )}
    </Shown>
  )
}

function Now() {
  const loaded = useCall('calls.activity', {}, { everyMs: EVERY_MS })
  return (
    <>
      <Shown loaded={loaded}>
        {({ queue, total, operations, windowMs, sampled }) => (
          <>
            <ul class="numbers">
              <li>
                <b>{count(queue.due)}</b> wait
              </li>
              <li>
                <b>{count(queue.running)}</b> run
              </li>
              <li>
                <b>{duration(queue.oldestDueMs) || '–'}</b> oldest
              </li>
              <li>
                <b>{((total.count / windowMs) * 1000).toFixed(1)}/s</b> calls ended
              </li>
              <li>
                <b>{(total.errorRate * 100).toFixed(1)} %</b> failed
              </li>
            </ul>
            {sampled && <p class="note">Counted from the newest 20,000 calls.</p>}
            {operations.length === 0 ? (
              <Empty title="Nothing was called in the last minute." command="./alkhub top" />
            ) : (
              <Table
                label="Operations"
                rows={operations}
                keyOf={({ operationId = '' }) => operationId}
                hrefOf={({ operationId = '' }) => `calls?op=${encodeURIComponent(operationId)}`}
                columns={[
                  {
                    title: 'Operation',
                    wide: true,
                    cell: ({ operationId }) => <code>{operationId}</code>,
                  },
                  { title: 'Calls', numeric: true, cell: (one) => count(one.count) },
                  {
                    title: 'Failed',
                    numeric: true,
                    cell: ({ errorRate }) => `${(errorRate * 100).toFixed(1)} %`,
                  },
                  { title: 'p50', numeric: true, cell: ({ p50Ms }) => duration(p50Ms) },
                  {
                    title: 'p95',
                    numeric: true,
                    extra: true,
                    cell: ({ p95Ms }) => duration(p95Ms),
                  },
                  { title: 'p99', numeric: true, cell: ({ p99Ms }) => duration(p99Ms) },
                ]}
              />
            )}
          </>
        )}
      </Shown>
      <CliLine line="./alkhub top" />
    </>
  )
}

function Schedules() {
  const loaded = useCall('schedules.list', { limit: 100 })
  return (
    <>
      <Shown loaded={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              title="There are no schedules."
              command={`./alkhub schedules create nightly accounts.me --cron "0 3 * * *"`}
            />
          ) : (
            <Table
              label="Schedules"
              rows={items}
              keyOf={({ scheduleId }) => scheduleId}
              columns={[
                { title: 'Schedule', cell: ({ name }) => <bdi>{name}</bdi> },
                {
                  title: 'State',
                  cell: ({ status, pausedReason }) => (
                    <Status value={status} title={pausedReason ?? ''} />
                  ),
                },
                {
                  title: 'Operation',
                  wide: true,
                  cell: ({ operationId }) => <code>{operationId}</code>,
                },
                {
                  title: 'When',
                  cell: ({ cron, at, timeZone }) =>
                    cron ? <code>{`${cron} ${timeZone}`}</code> : <Time at={at} />,
                },
                { title: 'Next', cell: ({ nextFirings }) => <Ago at={nextFirings[0]} /> },
              ]}
            />
          )
        }
      </Shown>
      <CliLine line="./alkhub schedules list" />
    </>
  )
}
