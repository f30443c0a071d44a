import { Value } from '@alkdev/typebox/value'
import type { TSchema } from '@alkdev/typebox'
import { TaskInput } from '../schema/task.ts'

/** A field of a value that does not fit `TaskInput`. */
export interface FieldProblem {
  /** Path with `/` between steps, without a leading slash. */
  readonly field: string
  readonly message: string
}

/** Everything about a value that does not fit `TaskInput`, one entry per place, in words for its author. */
export function checkTaskFields(value: Readonly<Record<string, unknown>>): FieldProblem[] {
  if (Value.Check(TaskInput, value)) return []
  const found = new Map<string, FieldProblem>()
  for (const error of Value.Errors(TaskInput, value)) {
    const field = error.path.replace(/^\//, '')
    if (found.has(field)) continue
    const name = field.split('/', 1)[0] ?? ''
    const wanted = field === name ? expectation(name) : 'text'
    const message = error.value === undefined ? missing(field, wanted) : unfit(wanted, error.value)
    found.set(field, { field, message })
  }
  return [...found.values()]
}

function missing(field: string, wanted: string): string {
  const hint = field === 'dependsOn' ? ' (write "dependsOn: []" when there are none)' : ''
  return `is missing; expected ${wanted}${hint}`
}

function unfit(wanted: string, value: unknown): string {
  const hint =
    (typeof value === 'number' || typeof value === 'boolean') && wanted.includes('text')
      ? '; put it in quotes'
      : ''
  return `expected ${wanted}, found ${describe(value)}${hint}`
}

function expectation(field: string): string {
  const schema: TSchema | undefined = (TaskInput.properties as Record<string, TSchema>)[field]
  const allowed = literals(schema)
  if (allowed.length > 0) return `one of ${allowed.join(', ')}`
  if (field === 'dependsOn') return 'a list of task ids'
  if (field === 'tags') return 'a list of texts'
  return field === 'id' ? 'a text that is not empty' : 'a text'
}

function literals(schema: TSchema | undefined): string[] {
  if (schema === undefined) return []
  if (typeof schema['const'] === 'string') return [schema['const']]
  const options: unknown = schema['anyOf']
  return Array.isArray(options) ? options.flatMap((option: TSchema) => literals(option)) : []
}

function describe(value: unknown): string {
  if (value === null) return 'nothing'
  if (value === '') return 'an empty text'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  const text = JSON.stringify(value) ?? typeof value
  const shown = text.length <= 60 ? text : `${text.slice(0, 57)}...`
  return typeof value === 'string' ? shown : `the ${typeof value} ${shown}`
}
