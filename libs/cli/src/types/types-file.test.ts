import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { SchemaTypes } from './schema-type.ts'
import { typesFile } from './types-file.ts'

const run = promisify(execFile)
const typeOf = (schema: unknown): string => new SchemaTypes(schema, 'T').typeOf(schema)

test.each([
  [true, 'unknown'],
  [false, 'never'],
  [{ type: 'string', format: 'no-such-format' }, 'string'],
  [{ type: ['integer', 'null'] }, 'number | null'],
  [{ enum: ['a', 1, null, { b: 1 }] }, '"a" | 1 | null | { [key: string]: unknown }'],
  [{ type: 'string', enum: ['a', 'b'] }, '"a" | "b"'],
  [{ const: 'x' }, '"x"'],
  [{ type: 'array', items: { type: 'string' } }, '(string)[]'],
  [{ type: 'array', prefixItems: [{ type: 'string' }], items: false, minItems: 1 }, '[(string)]'],
  [
    { items: [{ type: 'string' }], additionalItems: { type: 'number' } },
    '[(string)?, ...(number)[]]',
  ],
  [{ type: 'object' }, '{ [key: string]: unknown }'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [key: string]: number }'],
  [{ type: 'object', additionalProperties: false }, '{ [key: string]: never }'],
  [{ anyOf: [{ type: 'string' }, {}] }, 'unknown'],
  [{ allOf: [{ type: 'string' }, { type: 'string' }] }, 'string'],
  [{ $ref: 'https://elsewhere.example/schema' }, 'unknown'],
  [{ $ref: '#/$defs/none' }, 'unknown'],
  [{ type: 'no-such-type' }, 'unknown'],
  [{ $ref: '#' }, 'T1'],
])('%j becomes %s', (schema, type) => {
  expect(typeOf(schema)).toBe(type)
})

test('deep nesting ends in unknown, and a description cannot end its comment', () => {
  let deep: unknown = { type: 'string' }
  for (let level = 0; level < 500; level += 1) deep = { type: 'array', items: deep }
  expect(typeOf(deep)).toContain('unknown')
  const hostile = { type: 'object', properties: { a: { description: '*/ alert(1) /*' } } }
  expect(typeOf(hostile)).toContain('/** *\\/ alert(1) /* */')
})

const node = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    children: { type: 'array', items: { $ref: '#/$defs/Node' } },
  },
  required: ['name'],
}
const operations = [
  {
    operationId: 'tree.read',
    type: 'query' as const,
    description: 'Reads a tree.',
    inputSchema: {
      type: 'object',
      properties: { path: { type: 'string' }, 'max-depth': { type: 'integer' } },
      required: ['path'],
    },
    outputSchema: { $defs: { Node: node }, $ref: '#/$defs/Node' },
    errorSchemas: [
      {
        code: 'TREE_GONE',
        description: 'It is gone.',
        schema: { type: 'object', properties: { since: { type: 'number' } }, required: ['since'] },
      },
    ],
  },
  {
    operationId: 'tree.watch',
    type: 'subscription' as const,
    description: 'Changes.',
    inputSchema: { type: 'object', additionalProperties: false },
    outputSchema: {
      $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } },
      $ref: '#/$defs/A',
    },
  },
]

/** Compiles programs beside the written types and the client, in one run because the client takes most of its time. Returns what the compiler prints. */
async function compile(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(import.meta.dirname, '.compile-'))
  try {
    await writeFile(join(folder, 'hub.ts'), typesFile(operations, 'http://hub'))
    await writeFile(
      join(folder, 'client.d.ts'),
      `export { Client } from '${join(import.meta.dirname, '../../../client/src/index.ts')}'\n`,
    )
    for (const [name, program] of Object.entries(programs))
      await writeFile(join(folder, `${name}.ts`), program)
    const settings = {
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: 'nodenext',
        target: 'esnext',
        lib: ['esnext'],
        types: ['node'],
        allowImportingTsExtensions: true,
        skipLibCheck: true,
      },
      include: ['*.ts'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const tsc = join(import.meta.dirname, '../../../../node_modules/.bin/tsc')
    return await run(tsc, ['-p', folder, '--checkers', '1']).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

const head = `import { Client } from './client.js'
import type { Operations } from './hub.ts'
declare const client: Client<Operations>
`

test('calls of a typed client compile as the operations take them, and not otherwise', async () => {
  const right = `${head}
const tree = await client.call('tree.read', { path: '/', 'max-depth': 2 })
const name: string = tree.children?.[0]?.children?.[0]?.name ?? tree.name
for await (const item of client.subscribe('tree.watch')) void (item satisfies unknown)
try { void name } catch (error) {
  if (client.isError('tree.read', error, 'TREE_GONE')) void (error.details.since satisfies number)
}
const any: Client = client as unknown as Client
void any.call('whatever.it.is', { a: 1 })
`
  const wrong = [
    "void client.call('tree.read', { path: 1 })",
    "void client.call('tree.read')",
    "void client.call('tree.reed', { path: '/' })",
    "void client.call('tree.watch')",
    "void client.subscribe('tree.read', { path: '/' })",
    "void (await client.call('tree.read', { path: '/' })).nome",
    "void client.isError('tree.read', 0, 'OTHER')",
  ]
  const printed = await compile({ right, wrong: `${head}${wrong.join('\n')}\n` })
  const found = [...printed.matchAll(/(\S+)\((\d+),\d+\): error/g)]
  const places = new Set(found.map(([, file = '', line]) => `${basename(file)} ${line}`))
  expect([...places]).toEqual(wrong.map((_, at) => `wrong.ts ${at + 4}`))
}, 60_000)
