import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Value } from '@alkdev/typebox/value'
import { expect, test } from 'vitest'
import { FromSchema } from './from-schema.ts'
import type { JsonSchema } from '../registry/types.ts'
import { compileSchema } from './validator.ts'

// The JSON Schema Test Suite as npm carries it: its required cases of draft-04, which mean the same in the two dialects known here
// after the keywords that were renamed since are renamed. What does not apply is in the file of exceptions, each with its reason.

interface Case {
  readonly description: string
  readonly data: unknown
  readonly valid: boolean
}
interface Group {
  readonly description: string
  readonly schema: Record<string, unknown>
  readonly tests: readonly Case[]
}
interface Exception {
  readonly file: string
  readonly group?: string
  readonly reason: string
}

const root = dirname(createRequire(import.meta.url).resolve('json-schema-test-suite/package.json'))
const folder = join(root, 'tests/draft4')
const exceptions = JSON.parse(
  readFileSync(new URL('json-schema-suite.exceptions.json', import.meta.url), 'utf8'),
) as readonly Exception[]

const groups = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) =>
    (JSON.parse(readFileSync(join(folder, file), 'utf8')) as Group[]).map((group) => ({
      file,
      group,
    })),
  )
const excepted = (file: string, group: Group): boolean =>
  exceptions.some(
    (exception) =>
      exception.file === file &&
      (exception.group === undefined || exception.group === group.description),
  )
const counted = groups.filter(({ file, group }) => !excepted(file, group))

/** The renaming that the specification describes from draft-04 to draft-07 and from there to 2020-12. */
function translate(schema: unknown, to: '2020-12' | 'draft-07'): unknown {
  if (Array.isArray(schema)) return schema.map((item) => translate(item, to))
  if (typeof schema !== 'object' || schema === null) return schema
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'enum') out[key] = value
    else if (key === 'id' && typeof value === 'string') out['$id'] = value
    else if (to === 'draft-07') out[key] = translate(value, to)
    else if (key === '$ref' && typeof value === 'string')
      out[key] = value.replace('#/items/', '#/prefixItems/')
    else if (key === 'items' && Array.isArray(value)) out['prefixItems'] = translate(value, to)
    else if (key === 'additionalItems') {
      if (Array.isArray((schema as { items?: unknown }).items)) out['items'] = translate(value, to)
    } else if (key === 'dependencies' && typeof value === 'object' && value !== null) {
      const entries = Object.entries(value)
      const named = entries.filter(([, needs]) => Array.isArray(needs))
      const schemas = entries.filter(([, needs]) => !Array.isArray(needs))
      out['dependentRequired'] = Object.fromEntries(named)
      out['dependentSchemas'] = translate(Object.fromEntries(schemas), to)
    } else out[key] = translate(value, to)
  }
  return out
}

const dialects = [
  ['draft-07', 'http://json-schema.org/draft-07/schema#'],
  ['2020-12', 'https://json-schema.org/draft/2020-12/schema'],
] as const

test.each(dialects)('required cases of the JSON Schema Test Suite in %s', (dialect, $schema) => {
  const wrong: string[] = []
  let decided = 0
  for (const { file, group } of counted) {
    const schema = { $schema, ...(translate(group.schema, dialect) as object) } as JsonSchema
    const validator = compileSchema(schema)
    const typebox = FromSchema(schema)
    for (const { description, data, valid } of group.tests) {
      decided += 1
      const answers = [
        validator.check(data),
        validator.errors(data).length === 0,
        Value.Check(typebox, data),
      ]
      if (answers.some((answer) => answer !== valid))
        wrong.push(`${file}: ${group.description}: ${description}: ${answers.join(', ')}`)
    }
  }
  expect(wrong).toEqual([])
  expect(decided).toBeGreaterThan(220)
})

test('each exception is used, says why, and is refused when it is compiled rather than decided wrongly', () => {
  for (const exception of exceptions) {
    const hit = groups.filter(
      ({ file, group }) =>
        exception.file === file &&
        (exception.group === undefined || exception.group === group.description),
    )
    expect(hit.length).toBeGreaterThan(0)
    expect(exception.reason.length).toBeGreaterThan(40)
    for (const { group } of hit)
      for (const [dialect, $schema] of dialects)
        expect(() =>
          compileSchema({ $schema, ...(translate(group.schema, dialect) as object) }),
        ).toThrow('schema is not')
  }
})
