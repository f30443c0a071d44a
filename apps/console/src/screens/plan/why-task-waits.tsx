import type { TasksGraphOutput } from '@alkdev/contracts/agents'
import { hrefOf } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'

type Task = TasksGraphOutput['tasks'][number]

/** The prerequisites of a task that are not completed. */
export function openBefore(graph: TasksGraphOutput, slug: string): readonly Task[] {
  const before = new Set(graph.edges.filter(({ to }) => to === slug).map(({ from }) => from))
  return graph.tasks.filter((task) => before.has(task.slug) && task.status !== 'completed')
}

/** The view of a task. */
export function taskHref(slug: string, project: string | undefined): string {
  return hrefOf(`plan/${encodeURIComponent(slug)}`, { project })
}

/** What a task waits for, in one line. */
export function WhyTaskWaits({
  task: { slug, status, claim },
  open,
  missing,
  project,
}: {
  readonly task: Task
  readonly open: readonly Task[]
  /** Dependencies on tasks that do not exist. */
  readonly missing: readonly string[]
  readonly project: string | undefined
}) {
  if (status === 'completed') return <span class="dim">–</span>
  if (status === 'in-progress')
    return claim?.sessionId === undefined ? (
      <bdi>{claim?.name ?? 'its holder'}</bdi>
    ) : (
      <a href={`fleet/${claim.sessionId}`} dir="auto">
        {claim.name ?? 'its session'}
      </a>
    )
  if (missing.length > 0) return <>{missing.join(', ')}, which does not exist</>
  if (open.length > 0)
    return (
      <>
        {open.map((one, at) => (
          <span key={one.slug} class="waits">
            {at > 0 && ', '}
            <a href={taskHref(one.slug, project)}>{one.slug}</a> <Status value={one.status} />
          </span>
        ))}
      </>
    )
  if (status === 'blocked') return <>a person who takes its block away</>
  if (status === 'failed') return <>a person who opens it again</>
  return <span title={`./alkhub tasks claim ${slug}`}>nothing: it can be claimed</span>
}
