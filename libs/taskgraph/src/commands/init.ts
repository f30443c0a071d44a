import { DuplicateNodeError, InvalidInputError } from '../errors.ts'
import { serializeFrontmatter } from '../frontmatter/serialize.ts'
import { checkTaskFields } from '../frontmatter/check-fields.ts'
import type { TaskInput } from '../schema/task.ts'
import type { CommandResult } from './command.ts'

export interface InitOptions extends Partial<Omit<TaskInput, 'id'>> {
  readonly id: string
  /** Time for `created` and `modified`. Default: now. */
  readonly now?: Date
}

export interface InitData {
  readonly task: TaskInput
  /** Name for the file, safe in any folder. */
  readonly fileName: string
  /** Content of the file. */
  readonly markdown: string
}

const sections = ['Description', 'Acceptance Criteria', 'References', 'Notes', 'Summary']

/**
 * A new task file, written nowhere yet; the text is its content.
 * @throws DuplicateNodeError when the id is taken; InvalidInputError for a field that does not fit
 */
export function init(
  tasks: readonly TaskInput[],
  { now = new Date(), ...options }: InitOptions,
): CommandResult<InitData> {
  const { id } = options
  if (tasks.some((task) => task.id === id)) throw new DuplicateNodeError(id)
  const time = now.toISOString()
  const task: TaskInput = {
    status: 'pending',
    created: time,
    modified: time,
    ...options,
    name: options.name ?? id,
    dependsOn: options.dependsOn ?? [],
  }
  const problem = checkTaskFields(task)[0]
  if (problem !== undefined) {
    throw new InvalidInputError(problem.field, `${problem.field}: ${problem.message}`)
  }
  const body = sections.map((section) => {
    const content = section === 'Acceptance Criteria' ? '\n- [ ] \n' : ''
    return `\n## ${section}\n${content}`
  })
  const markdown = serializeFrontmatter(task, `\n# ${task.name}\n${body.join('')}`)
  return { data: { task, fileName: fileNameOf(id), markdown }, text: markdown.trimEnd() }
}

/** Letters, digits, dots, dashes and underscores of the id; never hidden, never above the folder. */
function fileNameOf(id: string): string {
  const safe = id
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 80)
  return `${safe === '' ? 'task' : safe}.md`
}
