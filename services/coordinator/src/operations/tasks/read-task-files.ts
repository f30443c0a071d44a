import type { TasksSyncInput } from '@alkdev/contracts/agents'
import { validationError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { AuthoredTask } from '@alkdev/storage'
import { checkTasks, readFrontmatter } from '@alkdev/taskgraph'
import type { TaskInput, TaskStatus } from '@alkdev/taskgraph'

interface Read {
  readonly path: string
  readonly task: TaskInput
  readonly body: string
  readonly modifiedAt?: Date
}

export interface TaskFiles {
  readonly tasks: AuthoredTask[]
  /** The status in the front matter, by slug. */
  readonly statuses: ReadonlyMap<string, TaskStatus>
}

/** A failing place: a file with line and column, so that an editor can open it. */
interface Failure {
  readonly path: string
  readonly message: string
}

/**
 * Reads task files. Markdown without front matter is text, not a task, and left out. Throws VALIDATION_ERROR that names every problem of
 * every file by file, line and column: nothing is stored of a set that is not whole.
 */
export function readTaskFiles(files: TasksSyncInput['files']): TaskFiles {
  const failures: Failure[] = []
  const read: Read[] = []
  for (const file of files) {
    const reading = readFrontmatter(file.content)
    if (reading.task) {
      read.push({
        path: file.path,
        task: reading.task,
        body: reading.body,
        ...(file.modifiedAt !== undefined && { modifiedAt: new Date(file.modifiedAt) }),
      })
    } else if (reading.problems[0]?.code !== 'no-frontmatter')
      for (const { line, column, message } of reading.problems)
        failures.push({ path: `${file.path}:${line}:${column}`, message })
  }
  for (const problem of checkTasks(read.map(({ task }) => task)))
    failures.push({ path: read[problem.index]?.path ?? '', message: problem.message })
  if (failures.length > 0) throw validationError('The task files', failures)
  const statuses = read.flatMap(({ task: { id, status } }) =>
    status == null ? [] : [[id, status] as const],
  )
  return { tasks: read.map(authored), statuses: new Map(statuses) }
}

function authored({ path, task, body, modifiedAt }: Read): AuthoredTask {
  const { id, created, status: _status, modified: _modified, ...fields } = task
  const createdAt = dateOf(created)
  return {
    ...fields,
    slug: id,
    path,
    body,
    ...compact({ fileCreatedAt: createdAt, fileModifiedAt: modifiedAt }),
  }
}

/** The front matter's date, which may be any text. */
function dateOf(text: string | null | undefined): Date | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isFinite(ms) ? new Date(ms) : undefined
}
