import type { TasksGraphOutput } from '@alkdev/contracts/agents'
import { useMemo, useState } from 'preact/hooks'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { location } from '../../url/location.ts'
import { Badge, Status } from '../../ui/badge.tsx'
import { CliLine, shellWord } from '../../ui/cli-line.tsx'
import { Facts, PageFrame, Section } from '../../ui/page.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Waiting } from '../../ui/waiting.tsx'
import { layOut } from './layout.ts'
import { openBefore, taskHref, WhyTaskWaits } from './why-task-waits.tsx'

/** A task: why it waits, what waits for it, and its text. */
export function TaskView({ id }: { readonly id: string }) {
  const project = location.value.params.get('project') ?? undefined
  const loaded = useCall('tasks.graph', project === undefined ? {} : { project }, {
    events: ['task.'],
  })
  const task = loaded.data?.tasks.find(({ slug }) => slug === id)
  const plan = shellWord(project ?? 'default')
  const input = shellWord(JSON.stringify({ task: id, ...(project !== undefined && { project }) }))
  return (
    <PageFrame
      title={task?.name ?? id}
      above={[['Plan', taskHrefOfPlan(project)]]}
      note={<code>{id}</code>}
      actions={
        task && (
          <>
            <Status value={task.status} />
            {loaded.data && isReady(loaded.data, task) && can('tasks:write') && (
              <a class="button" href={formOf('tasks.claim', id, project)}>
                Claim
              </a>
            )}
          </>
        )
      }
    >
      <Shown loaded={loaded}>
        {(graph) =>
          task === undefined ? (
            <Empty
              title="The plan has no such task."
              command={`./alkhub tasks list --synced --project ${plan}`}
            />
          ) : (
            <TaskDetails graph={graph} slug={id} project={project} />
          )
        }
      </Shown>
      <CliLine line={`./alkhub call tasks.get ${input}`} />
    </PageFrame>
  )
}

/** Can it be claimed? */
function isReady(
  graph: TasksGraphOutput,
  { slug, status }: TasksGraphOutput['tasks'][number],
): boolean {
  if (status !== 'pending' || graph.unresolved.some(({ to }) => to === slug)) return false
  return openBefore(graph, slug).length === 0
}

function taskHrefOfPlan(project: string | undefined): string {
  return project === undefined ? 'plan' : `plan?project=${encodeURIComponent(project)}`
}

function formOf(operationId: string, task: string, project: string | undefined): string {
  const input = JSON.stringify({ task, ...(project !== undefined && { project }) })
  return `operations/${operationId}?input=${encodeURIComponent(input)}`
}

function TaskDetails({
  graph,
  slug,
  project,
}: {
  readonly graph: TasksGraphOutput
  readonly slug: string
  readonly project: string | undefined
}) {
  const layout = useMemo(() => layOut(graph.tasks, graph.edges), [graph])
  const task = graph.tasks.find((one) => one.slug === slug)
  if (task === undefined) return null
  const of = (slugs: ReadonlySet<string>) => graph.tasks.filter((one) => slugs.has(one.slug))
  const before = of(new Set(graph.edges.filter(({ to }) => to === slug).map(({ from }) => from)))
  const after = of(new Set(graph.edges.filter(({ from }) => from === slug).map(({ to }) => to)))
  const missing = graph.unresolved.filter(({ to }) => to === slug).map(({ from }) => from)
  const wave = layout.nodes.find((one) => one.slug === slug)?.wave
  return (
    <>
      {task.status !== 'completed' && (
        <Waiting>
          For{' '}
          <WhyTaskWaits
            task={task}
            open={openBefore(graph, slug)}
            missing={missing}
            project={project}
          />
          .
        </Waiting>
      )}
      <Facts
        facts={[
          ['Wave', wave === undefined ? 'in a cycle' : `${wave + 1} of ${layout.waves}`],
          ['Slack', task.slack === undefined ? undefined : slackText(task.slack)],
          ['Risk', task.risk],
          ['Holder', task.claim && <bdi>{task.claim.name ?? task.claim.accountId}</bdi>],
        ]}
      />
      <TaskText slug={slug} project={project} />
      <div class="columns">
        <Section
          title={before.length === 1 ? '1 task before it' : `${before.length} tasks before it`}
        >
          <Tasks label="Tasks before it" tasks={before} project={project} />
        </Section>
        <Section title={after.length === 1 ? '1 task after it' : `${after.length} tasks after it`}>
          <Tasks label="Tasks after it" tasks={after} project={project} />
        </Section>
      </div>
    </>
  )
}

/** How much a task may take longer, in words. */
export function slackText(slack: number): string {
  return slack === 0 ? 'none: critical path' : String(Math.round(slack * 100) / 100)
}

function Tasks({
  label,
  tasks,
  project,
}: {
  readonly label: string
  readonly tasks: TasksGraphOutput['tasks']
  readonly project: string | undefined
}) {
  if (tasks.length === 0) return <p class="dim">None.</p>
  return (
    <Table
      label={label}
      rows={tasks}
      keyOf={({ slug }) => slug}
      hrefOf={({ slug }) => taskHref(slug, project)}
      columns={[
        { title: 'Task', cell: ({ slug }) => <code>{slug}</code> },
        { title: 'State', cell: ({ status }) => <Status value={status} /> },
        { title: 'Name', wide: true, cell: ({ name }) => <span dir="auto">{name}</span> },
      ]}
    />
  )
}

/** The text and the checks, read when they are opened. */
function TaskText({
  slug,
  project,
}: {
  readonly slug: string
  readonly project: string | undefined
}) {
  const [open, setOpen] = useState(false)
  return (
    <details class="changed" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Text, checks and files</summary>
      {open && <Opened slug={slug} project={project} />}
    </details>
  )
}

function Opened({
  slug,
  project,
}: {
  readonly slug: string
  readonly project: string | undefined
}) {
  const loaded = useCall('tasks.get', { task: slug, ...(project !== undefined && { project }) })
  return (
    <Shown loaded={loaded}>
      {({ body, checkCommands, touches = [], statusReason }) => (
        <>
          {statusReason !== undefined && <p dir="auto">{statusReason}</p>}
          <p class="said" dir="auto">
            {body ?? 'It has no text.'}
          </p>
          {checkCommands.map(({ name, command }) => (
            <p key={name}>
              <Badge>{name}</Badge> <code>{command}</code>
            </p>
          ))}
          {touches.length > 0 && <p class="dim">Files: {touches.join(', ')}</p>}
        </>
      )}
    </Shown>
  )
}
