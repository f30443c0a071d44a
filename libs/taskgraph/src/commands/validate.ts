import { formatProblem } from '../frontmatter/problem.ts'
import type { TaskFileProblem } from '../frontmatter/directory.ts'
import { checkTasks } from '../graph/check-tasks.ts'
import { oneLine } from '../render/plain-text.ts'
import type { TaskInput } from '../schema/task.ts'
import { plural } from './command.ts'
import type { CommandResult } from './command.ts'

export interface ValidateOptions {
  /** Fail on warnings as well. Default false. */
  readonly strict?: boolean
  /** The problems of `readTaskDirectory`, which know files and lines. Without them the tasks alone are looked at. */
  readonly problems?: readonly TaskFileProblem[]
  /** How many files without front matter were left out. */
  readonly ignored?: number
}

export interface ValidateData {
  readonly tasks: number
  readonly errors: number
  readonly warnings: number
  /** Whether the command should end as failed. */
  readonly failed: boolean
  readonly problems: readonly {
    readonly severity: 'error' | 'warning'
    readonly code: string
    readonly message: string
    readonly path?: string
    readonly line?: number
    readonly column?: number
    readonly field?: string
    readonly taskId?: string
  }[]
}

/** Everything that is wrong with the tasks; never throws for what they hold. */
export function validate(
  tasks: readonly TaskInput[],
  { strict = false, problems, ignored = 0 }: ValidateOptions = {},
): CommandResult<ValidateData> {
  const found = problems === undefined ? ofTasks(tasks) : problems.map(ofFile)
  const errors = found.filter(({ data }) => data.severity === 'error').length
  const warnings = found.length - errors
  const failed = strict ? found.length > 0 : errors > 0
  const counts = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`
  const left = ignored === 0 ? '' : `; ${plural(ignored, 'file')} without front matter ignored`
  const summary = `${plural(tasks.length, 'task')}: ${found.length === 0 ? 'no problems' : counts}${left}`
  return {
    data: {
      tasks: tasks.length,
      errors,
      warnings,
      failed,
      problems: found.map(({ data }) => data),
    },
    text: [...found.map(({ line }) => oneLine(line)), summary].join('\n'),
  }
}

interface Finding {
  readonly data: ValidateData['problems'][number]
  readonly line: string
}

function ofTasks(tasks: readonly TaskInput[]): Finding[] {
  return checkTasks(tasks).map(({ code, taskId, field, message }) => {
    const severity = 'error'
    const data = { severity, code, taskId, field, message } as const
    return { data, line: `${severity}: ${taskId}: ${message}` }
  })
}

function ofFile(problem: TaskFileProblem): Finding {
  const { severity, code, field, message, path, line, column } = problem
  const data = { severity, code, field, message, path, line, column }
  return { data, line: `${severity}: ${formatProblem(problem)}` }
}
