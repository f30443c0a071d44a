import { stringify } from 'yaml'
import { TaskInput } from '../schema/task.ts'

/**
 * A task as front matter, followed by the body as it is. Fields that are undefined are left out, null is
 * kept, lines are never folded, keys come in the order of the schema; anything else on the object is not written.
 */
export function serializeFrontmatter(task: TaskInput, body = ''): string {
  const fields: Record<string, unknown> = {}
  for (const key of Object.keys(TaskInput.properties)) {
    const value: unknown = task[key as keyof TaskInput]
    if (value !== undefined) fields[key] = value
  }
  // Without block scalars: one that holds only blanks and line ends does not read back the same.
  const options = {
    version: '1.2',
    lineWidth: 0,
    blockQuote: false,
    aliasDuplicateObjects: false,
  } as const
  return `---\n${stringify(fields, options)}---\n${body}`
}
