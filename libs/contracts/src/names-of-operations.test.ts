import { expect, test } from 'vitest'
import { NAME_PATTERN, SERVICE_OPERATIONS } from './index.ts'

interface Schema {
  readonly type?: string
  readonly pattern?: string
  readonly const?: unknown
  readonly enum?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

/** Every place in a schema, by the name of the member that it is of. */
function* membersOf(schema: Schema, name = '', path = ''): Generator<[string, string, Schema]> {
  yield [name, path, schema]
  for (const [member, inner] of Object.entries(schema.properties ?? {}))
    yield* membersOf(inner, member, `${path}/${member}`)
  for (const list of [schema.anyOf, schema.allOf, schema.oneOf])
    for (const inner of list ?? []) yield* membersOf(inner, name, path)
  if (schema.items) yield* membersOf(schema.items, '', `${path}/[]`)
}

const texts = SERVICE_OPERATIONS.flatMap(({ spec }) =>
  [...membersOf(spec.inputSchema as Schema)]
    .filter(([, , { type }]) => type === 'string')
    .map(([name, path, schema]) => ({
      name,
      schema,
      place: `${spec.namespace}.${spec.name} ${path}`,
    })),
)
const readByPeople = texts.filter(({ name }) => /^(name|title|displayName|label)$/.test(name))

const INVISIBLE = ['\u202e', '\u200b', '\u0007', '\u2066', '\ufeff', '\u2028']

test('every name of an input of the hub refuses blanks, control characters and characters that are not seen', () => {
  expect(readByPeople.length).toBeGreaterThan(15)
  for (const { place, schema } of readByPeople) {
    expect([place, schema.pattern]).toEqual([place, expect.any(String)])
    const pattern = new RegExp(schema.pattern ?? '', 'u')
    for (const bad of ['', ' ', '\u3000', ...INVISIBLE.map((one) => `a${one}b`)])
      expect([place, bad, pattern.test(bad)]).toEqual([place, bad, false])
  }
})

test('names that are free text have the one rule for names', () => {
  const free = readByPeople.filter(({ schema }) =>
    new RegExp(schema.pattern ?? '', 'u').test('Ä b'),
  )
  expect(free.map(({ place }) => place)).toEqual(
    expect.arrayContaining([
      'keys.create /name',
      'accounts.create /displayName',
      'accounts.update /displayName',
      'orgs.create /displayName',
      'orgs.update /displayName',
      'projects.create /name',
      'projects.update /name',
      'workspaces.create /name',
      'workspaces.update /name',
    ]),
  )
  for (const { place, schema } of free)
    expect([place, schema.pattern]).toEqual([place, NAME_PATTERN])
})
