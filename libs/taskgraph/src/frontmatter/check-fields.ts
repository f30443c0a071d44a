import type { TSchema } from '@alkdev/typebox'
import { Value } from '@alkdev/typebox/value'
import { TaskInput } from '../schema/task.ts'
import { touchesProblems } from '../touches/touches.ts'

/** A field of a value that does not fit `TaskInput`. */
export interface FieldProblem {
  /** Path with `/` between steps, without a leading slash. */
  readonly field: string
  readonly message: string
}

/** Everything about a value that does not fit `TaskInput`, one entry per place, in words for its author. */
export function checkTaskFields(value: Readonly<Record<string, unknown>>): FieldProblem[] {
  if (Value.Check(TaskInput, value)) return [...repeatedChecks(value), ...touchesOf(value)]
  const found = new Map<string, FieldProblem>()
  for (const error of Value.Errors(TaskInput, value)) {
    const field = error.path.replace(/^\//, '')
    if (found.has(field)) continue
    const wanted = expectation(field)
    const message = error.value === undefined ? missing(field, wanted) : unfit(wanted, error.value)
    found.set(field, { field, message })
  }
  return [...found.values()]
}

function repeatedChecks({ checks = [] }: TaskInput): FieldProblem[] {
  const seen = new Set<string>()
  return checks.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name)
      return []
    }
    return [{ field: `checks/${index}/name`, message: `the check "${name}" is there twice` }]
  })
}

function touchesOf({ touches = [] }: TaskInput): readonly FieldProblem[] {
  return touchesProblems(touches)
}

function missing(field: string, wanted: string): string {
  const hint = field === 'dependsOn' ? ' (write "dependsOn: []" when there are none)' : ''
  return `is missing; expected ${wanted}${hint}`
}

function unfit(wanted: string, value: unknown): string {
  if (wanted === '') return 'is not a field that a check has'
  const hint =
    (typeof value === 'number' || typeof value === 'boolean') && wanted.includes('text')
      ? '; put it in quotes'
      : ''
  return `expected ${wanted}, found ${describe(value)}${hint}`
}

const expectations: Readonly<Record<string, string>> = {
  id: 'a text that is not empty',
  dependsOn: 'a list of task ids',
  tags: 'a list of texts',
  estimate: 'a number of hours from 0 to 10000',
  checks: 'a list of at most 32 checks',
  'checks/N': 'a mapping with the keys name, command and timeoutMs',
  'checks/N/name':
    'a text of at most 64 letters, digits, blanks and the characters . _ : - that begins with a letter or digit',
  'checks/N/command': 'a text of 1 to 4096 characters',
  'checks/N/timeoutMs': 'a whole number from 1000 to 3600000',
  touches: 'a list of at most 32 globs',
  'touches/N': 'a text of 1 to 200 characters',
}

/** What belongs in a field; empty for a field that does not exist. */
function expectation(field: string): string {
  const place = field.replace(/^(checks|touches)\/\d+/, '$1/N')
  const name = field.split('/', 1)[0] ?? ''
  const schema: TSchema | undefined = (TaskInput.properties as Record<string, TSchema>)[name]
  const allowed = field === name ? literals(schema) : []
  if (allowed.length > 0) return `one of ${allowed.join(', ')}`
  if (place.startsWith('checks/N/')) return expectations[place] ?? ''
  return expectations[place] ?? (field === name ? 'a text' : 'text')
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
  if (Array.isArray(value)) return value.length > 4 ? `a list of ${value.length}` : 'a list'
  if (typeof value === 'object') return 'a mapping'
  const text = JSON.stringify(value) ?? typeof value
  const shown = text.length <= 60 ? text : `${text.slice(0, 57)}...`
  return typeof value === 'string' ? shown : `the ${typeof value} ${shown}`
}
