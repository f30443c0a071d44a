/** What kind of thing is wrong with a task file. */
export type TaskProblemCode =
  | 'no-frontmatter'
  | 'unclosed-frontmatter'
  | 'too-large'
  | 'not-text'
  | 'yaml'
  | 'schema'
  | 'unknown-field'
  | 'unreadable'
  | 'limit'
  | 'duplicate-id'
  | 'self-dependency'
  | 'unknown-dependency'
  | 'cycle'

/** One thing wrong with a text: where, in which field, and a sentence. */
export interface FrontmatterProblem {
  readonly code: TaskProblemCode
  /** Path in the front matter with `/` between steps, such as `dependsOn/1`; empty for the whole. */
  readonly field: string
  /** A sentence for the author of the file. */
  readonly message: string
  /** 1-based line in the file; 1 when the whole file is meant. */
  readonly line: number
  /** 1-based column in that line. */
  readonly column: number
}

/** `path:line:column: message`, the form that editors turn into a link. */
export function formatProblem(problem: FrontmatterProblem & { readonly path?: string }): string {
  const place = `${problem.line}:${problem.column}`
  const field = problem.field === '' ? '' : `${problem.field}: `
  return `${problem.path === undefined ? '' : `${problem.path}:`}${place}: ${field}${problem.message}`
}
