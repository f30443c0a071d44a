import { Diff } from './diff.tsx'
import { lineDiff } from './line-diff.ts'

export interface Schemas {
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly inputSchema: unknown
  readonly outputSchema: unknown
}

/** What is different in two definitions of an operation: lines with `-` are in the first one alone, those with `+` in the second. */
export function SchemaDiff({
  before,
  after,
}: {
  readonly before: Schemas
  readonly after: Schemas
}) {
  const a = textOf(before)
  const b = textOf(after)
  if (a === b) return <p class="dim">Both definitions are the same.</p>
  const lines = lineDiff(a, b)
  if (lines === undefined)
    return <p class="dim">They are too long to be compared here; the tab Schema shows each.</p>
  return <Diff text={lines.join('\n')} isCut={false} />
}

function textOf({ title, description, inputSchema, outputSchema }: Schemas): string {
  return JSON.stringify(
    sorted({ title, description, input: inputSchema, output: outputSchema }),
    null,
    2,
  )
}

/** With the members of objects in the order of their names: schemas that differ in it alone are the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => sorted(one))
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value).toSorted()
  return Object.fromEntries(
    names.map((name) => [name, sorted((value as Readonly<Record<string, unknown>>)[name])]),
  )
}
