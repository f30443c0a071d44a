import { useCall } from '../../hub/use-call.ts'
import { Status } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { tabOf, Tabs } from '../../ui/filters.tsx'
import { count, duration } from '../../ui/format.ts'
import { MakeLink } from '../../ui/make-link.tsx'
import { PageFrame } from '../../ui/page.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago, Time } from '../../ui/time.tsx'
import { Queued } from './queued.tsx'

const TABS = [
  ['calls', 'Queued calls'],
  ['now', 'Now'],
  ['schedules', 'Schedules'],
] as const
const EVERY_MS = 5000

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
                <b>{queue.due === 0 ? '–' : duration(queue.oldestDueMs) || '–'}</b> oldest
              </li>
              <li>
                <b>{((total.count / windowMs) * 1000).toFixed(1)}/s</b> calls ended
              </li>
              <li>
                <b>{(total.errorRate * 100).toFixed(1)} %</b> failed or aborted
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
                    title: 'Failed or aborted',
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
                  {
                    title: 'p99',
                    numeric: true,
                    extra: true,
                    cell: ({ p99Ms }) => duration(p99Ms),
                  },
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
      <MakeLink operation="schedules.create" scope="schedules:write" label="New schedule" />
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
