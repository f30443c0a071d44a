import { readFile } from 'node:fs/promises'
import { InvalidInputError } from '../errors.ts'
import { compact, must } from '@alkdev/std'
import type { TaskInput } from '../schema/task.ts'
import { readFrontmatter } from './read.ts'

/**
 * The task in a Markdown text's front matter.
 * @throws InvalidInputError for the first problem, with its field, line and column. `readFrontmatter` gives all of them.
 */
export function parseFrontmatter(markdown: string): TaskInput {
  return taskOrThrow(markdown)
}

/**
 * The task in one file.
 * @throws InvalidInputError as `parseFrontmatter` does, with the path; errors of the file system as they are.
 */
export async function parseTaskFile(path: string): Promise<TaskInput> {
  return taskOrThrow(await readFile(path, 'utf8'), path)
}

function taskOrThrow(markdown: string, path?: string): TaskInput {
  const { task, problems } = readFrontmatter(markdown)
  if (task !== undefined) return task
  const { field, message, line, column } = must(problems[0], 'the problem of a text without a task')
  const text = field === '' ? message : `${field}: ${message}`
  throw new InvalidInputError(field, text, { line, column, ...compact({ path }) })
}
