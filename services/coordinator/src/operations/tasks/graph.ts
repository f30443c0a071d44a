import { serviceSpec } from '@alkdev/contracts'
import type { TasksGraphInput, TasksGraphOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { readClaims, readHolderNames } from '@alkdev/storage/tasks'
import type { PlannedTask } from '@alkdev/storage/tasks'
import { toDot, toMermaid } from '@alkdev/taskgraph'
import type { CoordinatorContext } from '../../context.ts'
import { openPart, slackOf } from '../../tasks/live-graph.ts'
import { projectOfTasks } from '../../tasks/whose-tasks.ts'

/** `tasks.graph` */
export function tasksGraph({ runtime: { db }, plans }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('tasks.graph'),
    async handler(input: TasksGraphInput, context: OperationContext): Promise<TasksGraphOutput> {
      const caller = callerOf(context)
      const project = await projectOfTasks(db, caller, input.project)
      const live = await plans.of(project.id)
      const graph = input.open === true ? openPart(live) : live.graph
      const slack = slackOf(live)
      const holders = await holdersOf(db, live.tasks, caller.id)
      const isShown = (slug: string) => graph.getTask(slug) !== undefined
      return {
        tasks: live.tasks
          .filter(({ slug }) => isShown(slug))
          .map(({ id, slug, name, status, risk }) => ({
            slug,
            name,
            status,
            ...compact({ risk, slack: slack.get(slug), claim: holders.get(id) }),
          })),
        edges: live.edges
          .filter(({ from, to }) => isShown(from) && isShown(to))
          .toSorted((a, b) => byText(a.to, b.to) || byText(a.from, b.from)),
        unresolved: live.unresolved.filter(({ to }) => isShown(to)),
        ...(input.format !== undefined && {
          text: input.format === 'dot' ? toDot(graph) : toMermaid(graph),
        }),
      }
    },
  }
}

type Holder = NonNullable<TasksGraphOutput['tasks'][number]['claim']>

/** Who works on the tasks, by their ids. */
async function holdersOf(
  db: Db,
  tasks: readonly PlannedTask[],
  viewerId: string,
): Promise<ReadonlyMap<string, Holder>> {
  const ids = tasks.filter(({ status }) => status === 'in-progress').map(({ id }) => id)
  const [claims, names] = await Promise.all([
    readClaims(db, ids),
    readHolderNames(db, ids, viewerId),
  ])
  return new Map(
    claims
      .filter(({ releasedAt }) => releasedAt === null)
      .map(({ taskId, sessionId, accountId }) => [
        taskId,
        compact({
          sessionId: sessionId ?? undefined,
          accountId: accountId ?? undefined,
          name: names.get(taskId),
        }),
      ]),
  )
}

function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
