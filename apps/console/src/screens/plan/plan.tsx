import type { TasksGraphOutput } from '@alkdev/contracts/agents'
import { useCallback, useMemo, useState } from 'preact/hooks'
import { useCall } from '../../hub/use-call.ts'
import { location } from '../../url/location.ts'
import { Badge, Status } from '../../ui/badge.tsx'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters.tsx'
import { PageFrame, Section } from '../../ui/page.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { layOut } from './layout.ts'
import { useSettled } from '../../ui/settled.ts'
import { taskHref, WhyTaskWaits } from './why-task-waits.tsx'
import { PlanGraph } from './plan-graph.tsx'
import { WhatIf } from './what-if.tsx'

/** Tasks of a drawn graph at most; larger plans are shown as a table alone. */
const MAX_DRAWN = 2000
/** Rows of the table at first, and further ones by each press. */
const MORE_ROWS = 100
const STATES = ['pending', 'in-progress', 'completed', 'failed', 'blocked'] as const

/** The tasks of a project: as a graph of what must come first, and as a table. */
export function Plan() {
  const { params } = location.value
  const project = params.get('project') ?? undefined
  const input = project === undefined ? {} : { project }
  const loaded = useCall('tasks.graph', input, { events: ['task.'] })
  return (
    <PageFrame
      title="Plan"
      note="Tasks in the order in which they can be worked on. The longest open chain is marked."
    >
      <Filters>
        <TextFilter name="project" label="Project (default)" />
        <TextFilter name="q" label="Task" wide />
        <ChoiceFilter name="status" label="Any state" choices={STATES} />
        <ChoiceFilter name="view" label="Graph and table" choices={[['table', 'Table only']]} />
      </Filters>
      <Shown loaded={loaded}>
        {(graph) =>
          graph.tasks.length === 0 ? (
            <Empty title="The project has no tasks." command="./alkhub tasks sync tasks">
              <p>Tasks are Markdown files with front matter; this imports those of a folder.</p>
            </Empty>
          ) : (
            <PlanOf graph={graph} params={params} />
          )
        }
      </Shown>
      <CliLine line={callLine('tasks.graph', input)} />
    </PageFrame>
  )
}

function PlanOf({
  graph,
  params,
}: {
  readonly graph: TasksGraphOutput
  readonly params: URLSearchParams
}) {
  const layout = useMemo(() => layOut(graph.tasks, graph.edges), [graph])
  const query = params.get('q')?.toLowerCase() ?? ''
  const status = params.get('status')
  const shown = useMemo(
    () =>
      layout.nodes
        .filter((one) => status === null || one.status === status)
        .filter(
          (one) =>
            query === '' || one.slug.includes(query) || one.name.toLowerCase().includes(query),
        )
        .toSorted((a, b) => a.wave - b.wave || a.row - b.row),
    [layout, query, status],
  )
  const project = params.get('project') ?? undefined
  const [rows, setRows] = useState(MORE_ROWS)
  const isSettled = useSettled()
  // A large graph is drawn first, and the table below it with the next frame; the graph then stays as it is.
  const waits = useMemo(() => (isSettled ? waitsOf(graph) : NO_WAITS), [graph, isSettled])
  const matches = useMemo(() => new Set(shown.map(({ slug }) => slug)), [shown])
  const nodeHref = useCallback((slug: string) => taskHref(slug, project), [project])
  const holderOf = useMemo(() => {
    const holders = new Map(graph.tasks.map(({ slug, claim }) => [slug, claim?.name]))
    return (slug: string) => holders.get(slug)
  }, [graph])
  const isDrawn = params.get('view') !== 'table' && layout.nodes.length <= MAX_DRAWN
  return (
    <>
      <Totals graph={graph} waves={layout.waves} critical={layout.critical.size} />
      {layout.cyclic.length > 0 && (
        <p class="failure">
          These tasks depend on each other in a cycle: {layout.cyclic.slice(0, 20).join(', ')}
        </p>
      )}
      {graph.unresolved.length > 0 && (
        <p class="note">
          <Badge tone="warn">{graph.unresolved.length}</Badge> dependencies name tasks that are not
          there:{' '}
          {graph.unresolved
            .slice(0, 10)
            .map(({ from }) => from)
            .join(', ')}
        </p>
      )}
      {layout.nodes.length > MAX_DRAWN && (
        <p class="note">
          The plan has {layout.nodes.length} tasks; graphs of more than {MAX_DRAWN} are not drawn.
        </p>
      )}
      {isDrawn && (
        <PlanGraph
          layout={layout}
          edges={graph.edges}
          matches={matches}
          hrefOf={nodeHref}
          noteOf={holderOf}
          what="tasks"
        />
      )}
      <WhatIf tasks={graph.tasks} project={project} />
      <Section title={`${shown.length} tasks`}>
        <Table
          label="Tasks"
          rows={shown.slice(0, isSettled ? rows : 0)}
          keyOf={({ slug }) => slug}
          hrefOf={({ slug }) => nodeHref(slug)}
          columns={[
            { title: 'Task', cell: ({ slug }) => <code>{slug}</code> },
            { title: 'State', cell: (one) => <Status value={one.status} /> },
            { title: 'Wave', numeric: true, cell: ({ wave }) => wave + 1 },
            {
              title: 'Name',
              wide: true,
              cell: ({ name, slug }) => (
                <span dir="auto" title={name}>
                  {layout.critical.has(slug) && <Badge tone="warn">longest chain</Badge>} {name}
                </span>
              ),
            },
            {
              title: 'Waits for',
              cell: ({ slug }) => {
                const { task, open, missing } = waits.get(slug) ?? NOTHING
                return (
                  task && (
                    <WhyTaskWaits task={task} open={open} missing={missing} project={project} />
                  )
                )
              },
            },
            {
              title: 'Slack',
              numeric: true,
              extra: true,
              cell: ({ slug }) => {
                const slack = waits.get(slug)?.task?.slack
                return slack === undefined ? '' : Math.round(slack * 100) / 100
              },
            },
            { title: 'Risk', extra: true, cell: ({ slug }) => waits.get(slug)?.task?.risk ?? '' },
          ]}
        />
        {isSettled && shown.length > rows && (
          <p class="end">
            <button type="button" onClick={() => setRows(rows + MORE_ROWS)}>
              Show more ({rows} shown)
            </button>
          </p>
        )}
      </Section>
    </>
  )
}

interface Waits {
  readonly task?: TasksGraphOutput['tasks'][number]
  /** Prerequisites that are not completed. */
  readonly open: readonly TasksGraphOutput['tasks'][number][]
  readonly missing: readonly string[]
}

const NOTHING: Waits = { open: [], missing: [] }
const NO_WAITS: ReadonlyMap<string, Waits> = new Map()

/** What each task waits for, in one pass over the edges. */
function waitsOf(graph: TasksGraphOutput): ReadonlyMap<string, Waits> {
  const bySlug = new Map(graph.tasks.map((task) => [task.slug, task]))
  const open = new Map<string, TasksGraphOutput['tasks'][number][]>()
  for (const { from, to } of graph.edges) {
    const task = bySlug.get(from)
    if (task === undefined || task.status === 'completed') continue
    const known = open.get(to)
    if (known === undefined) open.set(to, [task])
    else known.push(task)
  }
  const missing = new Map<string, string[]>()
  for (const { from, to } of graph.unresolved) missing.set(to, [...(missing.get(to) ?? []), from])
  return new Map(
    graph.tasks.map((task) => [
      task.slug,
      { task, open: open.get(task.slug) ?? [], missing: missing.get(task.slug) ?? [] },
    ]),
  )
}

function Totals({
  graph,
  waves,
  critical,
}: {
  readonly graph: TasksGraphOutput
  readonly waves: number
  readonly critical: number
}) {
  const of = (status: string): number => graph.tasks.filter((task) => task.status === status).length
  return (
    <ul class="numbers">
      <li>
        <b>
          {of('completed')}/{graph.tasks.length}
        </b>{' '}
        completed
      </li>
      <li>
        <b>{of('in-progress')}</b> in progress
      </li>
      <li>
        <b>{of('blocked') + of('failed')}</b> blocked or failed
      </li>
      <li>
        <b>{waves}</b> waves
      </li>
      <li>
        <b>{critical}</b> in the longest open chain
      </li>
    </ul>
  )
}
