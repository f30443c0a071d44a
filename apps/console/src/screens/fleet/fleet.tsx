import type { CoordSession } from '@alkdev/contracts/agents'
import { useMemo, useRef, useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { location } from '../../url/location.ts'
import { Action } from '../../ui/action.tsx'
import { Badge, Status } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { ChoiceFilter, Filters, tabOf, Tabs, TextFilter } from '../../ui/filters.tsx'
import { count, dollars } from '../../ui/format.ts'
import { MakeLink } from '../../ui/make-link.tsx'
import { memo } from '../../ui/memo.ts'
import { PageFrame } from '../../ui/page.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { Column } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { Sessions } from './sessions.tsx'
import { HitList, SteerTree } from './steer-tree.tsx'

const EVERY_MS = 10_000
const STATES = ['running', 'waiting', 'queued', 'idle', 'done', 'failed', 'aborted'] as const

const ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'aborted', 'archived'])

const TABS = [
  ['sessions', 'Sessions'],
  ['trees', 'Trees and spending'],
] as const

/** Agent sessions: what each does, what it waits for, what it costs. */
export function Fleet() {
  return (
    <PageFrame
      title="Fleet"
      note="Agent sessions. A tree shows each below the one that started it, with what it has spent."
      actions={<MakeLink operation="sessions.create" scope="sessions:write" label="New session" />}
    >
      <Tabs name="tab" tabs={TABS} />
      {tabOf('tab', TABS) === 'trees' ? <Trees /> : <Sessions />}
    </PageFrame>
  )
}

function Trees() {
  const { params } = location.value
  const ended = params.get('ended') === 'yes'
  const loaded = useCall(
    'coord.status',
    { ended },
    { events: ['session.', 'coord.', 'approval.'], everyMs: EVERY_MS },
  )
  return (
    <>
      <Filters>
        <TextFilter name="q" label="Title, task, model or spoke" wide />
        <ChoiceFilter name="state" label="Any state" choices={STATES} />
        <ChoiceFilter
          name="ended"
          label="Without ended ones"
          choices={[['yes', 'With ended ones']]}
        />
      </Filters>
      <Shown loaded={loaded}>
        {({ sessions, truncated }) => {
          const rows = sessions.filter(matcher(params))
          if (rows.length === 0)
            return sessions.length === 0 ? (
              <Empty
                title={ended ? 'No session was spawned yet.' : 'No spawned session works or waits.'}
                command="./alkhub coord spawn --help"
              >
                <p>
                  A lead splits its work over sessions below it, each with a part of its budget.
                </p>
              </Empty>
            ) : (
              <Empty title="No session matches the filters." />
            )
          return (
            <>
              {truncated && <p class="note">Only the first 1,000 sessions are shown.</p>}
              <FleetTable rows={rows} all={sessions} onDone={loaded.reload} />
            </>
          )
        }}
      </Shown>
      <CliLine line="./alkhub coord status" />
    </>
  )
}

/** Whether a session matches the filters of the address. */
function matcher(params: URLSearchParams): (session: CoordSession) => boolean {
  const state = params.get('state')
  const query = params.get('q')?.toLowerCase() ?? ''
  return ({ status, title, task, model, workspace, role }) => {
    if (state !== null && status !== state) return false
    if (query === '') return true
    const texts = [title, task?.slug, model, workspace?.spoke, role]
    return texts.some((text) => text?.toLowerCase().includes(query))
  }
}

const COLUMNS: readonly Column<CoordSession>[] = [
  {
    title: 'Session',
    wide: true,
    cell: ({ title, depth, task, role }) => (
      <span class="tree" style={{ paddingLeft: `${Math.min(depth, 12) * 16}px` }} title={title}>
        <bdi>{title}</bdi> {task && <Badge>{task.slug}</Badge>}{' '}
        {role && <span class="dim">{role}</span>}
      </span>
    ),
  },
  { title: 'State', cell: (one) => <State session={one} /> },
  { title: 'Since', cell: ({ stateSince }) => <Ago at={stateSince} /> },
  { title: 'Progress', extra: true, cell: ({ progressAt }) => <Ago at={progressAt} /> },
  { title: 'Where', extra: true, wide: true, cell: (one) => <Where session={one} /> },
  { title: 'Model', extra: true, cell: ({ model }) => <span class="dim">{model}</span> },
  {
    title: 'Tokens',
    numeric: true,
    extra: true,
    cell: ({ spend }) => count(spend.inputTokens + spend.outputTokens),
  },
  { title: 'Cost', numeric: true, cell: (one) => <Spend session={one} /> },
]

function FleetTable({
  rows,
  all,
  onDone,
}: {
  readonly rows: readonly CoordSession[]
  readonly all: readonly CoordSession[]
  readonly onDone: () => void
}) {
  // The columns stay the same while sessions change, so that only rows that have changed are drawn again.
  const latest = useRef(all)
  latest.current = all
  const columns = useMemo((): readonly Column<CoordSession>[] => {
    const treeOf = (topId: string) => subtree(topId, latest.current).filter(isOpen)
    return [
      ...COLUMNS,
      {
        title: '',
        cell: (one) =>
          can('coord:write') &&
          isOpen(one) && <Acts topId={one.sessionId} treeOf={treeOf} onDone={onDone} />,
      },
    ]
  }, [onDone])
  return (
    <Table
      label="Sessions"
      rows={rows}
      keyOf={({ sessionId }) => sessionId}
      hrefOf={({ sessionId }) => `fleet/${sessionId}`}
      columns={columns}
    />
  )
}

interface ActsProps {
  readonly topId: string
  /** The open sessions of the tree below one, and it. */
  readonly treeOf: (topId: string) => readonly CoordSession[]
  readonly onDone: () => void
}

/** What can be done with a tree. It stays while the figures of its row change. */
const Acts = memo(function Acts({ topId, treeOf, onDone }: ActsProps) {
  const hitOf = () => treeOf(topId)
  return (
    <span class="nowrap">
      <SteerTree topId={topId} hitOf={hitOf} onDone={onDone} />{' '}
      <EndTree topId={topId} hitOf={hitOf} onDone={onDone} />
    </span>
  )
})

function State({
  session: { status, waitingOn, openApprovals, findings, waitingMessages },
}: {
  readonly session: CoordSession
}) {
  return (
    <span class="nowrap">
      <Status value={status} />
      {waitingOn !== undefined && <span class="dim"> on {waitingOn}</span>}{' '}
      {openApprovals.length > 0 && <Badge tone="busy">{openApprovals.length} to approve</Badge>}
      {findings.length > 0 && (
        <Badge tone="warn">{findings.map(({ kind }) => kind).join(', ')}</Badge>
      )}
      {waitingMessages > 0 && (
        <Badge>
          {waitingMessages} {ENDED.has(status) ? 'not answered' : 'queued'}
        </Badge>
      )}
    </span>
  )
}

function Where({ session: { workspace } }: { readonly session: CoordSession }) {
  if (workspace === undefined) return null
  const { spoke, branch, name, dirty, ports } = workspace
  return (
    <span title={ports === undefined ? name : `${name}, ports ${ports.first} to ${ports.last}`}>
      {dirty === true && <Badge>not committed</Badge>}{' '}
      {spoke !== undefined && <a href={`spokes/${encodeURIComponent(spoke)}`}>{spoke}</a>}{' '}
      <span class="dim">{branch ?? name}</span>
    </span>
  )
}

function Spend({ session: { spend } }: { readonly session: CoordSession }) {
  const { cost, costBudget } = spend
  if (costBudget === undefined) return <>{dollars(cost)}</>
  const share = Math.min(100, (costBudget.subtreeSpent / Math.max(costBudget.limit, 1)) * 100)
  return (
    <span
      class="meter"
      title={`${dollars(costBudget.subtreeSpent)} of ${dollars(costBudget.limit)} in the tree`}
    >
      {dollars(cost)}
      <meter min={0} max={100} high={80} value={share} aria-label="Share of the budget" />
    </span>
  )
}

function isOpen({ status }: CoordSession): boolean {
  return !ENDED.has(status)
}

function EndTree({
  topId,
  hitOf,
  onDone,
}: {
  readonly topId: string
  readonly hitOf: () => readonly CoordSession[]
  readonly onDone: () => void
}) {
  return (
    <Action
      label="End"
      danger
      line={`./alkhub coord abort ${topId}`}
      preview={<EndPreview hitOf={hitOf} />}
      run={() => call('coord.abort', { sessionId: topId, reason: 'Ended from the console.' })}
      onDone={onDone}
    />
  )
}

function EndPreview({ hitOf }: { readonly hitOf: () => readonly CoordSession[] }) {
  const [hit] = useState(hitOf)
  return (
    <>
      <p>
        Ends{' '}
        {hit.length === 1 ? 'this session' : `${hit.length} sessions: this one and those below it`}.
        None of them calls a model or a tool afterwards; changes that are not committed are saved.
      </p>
      <HitList hit={hit} />
    </>
  )
}

function subtree(topId: string, all: readonly CoordSession[]): readonly CoordSession[] {
  const ids = new Set([topId])
  // Parents come before their children.
  for (const { sessionId, parentId } of all)
    if (parentId !== undefined && ids.has(parentId)) ids.add(sessionId)
  return all.filter(({ sessionId }) => ids.has(sessionId))
}
