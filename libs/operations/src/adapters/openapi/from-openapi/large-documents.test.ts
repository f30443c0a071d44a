import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { runAtOnce } from '@alkdev/std'
import { assert, jsonValue, nat, property } from 'fast-check'
import { expect, test } from 'vitest'
import {
  FromOpenAPI,
  FromOpenAPIFile,
  importOpenAPI,
  parseDocument,
} from '../../../from-openapi.ts'
import type { OpenAPISpec } from '../../../from-openapi.ts'
import { readDocument } from './document.ts'
import { parseJsonSteps } from './json-steps.ts'

const config = { namespace: 'api', baseUrl: 'https://api.example' }

/** Operations over components that all refer to one another, as those of large services do. */
function large(operations: number, components: number): OpenAPISpec {
  const reference = (index: number) => ({ $ref: `#/components/schemas/C${index % components}` })
  const schemas = Object.fromEntries(
    Array.from({ length: components }, (_, index) => [
      `C${index}`,
      {
        type: 'object',
        description: `Component ${index}. `.repeat(10),
        required: ['id', 'p0'],
        properties: {
          id: { type: 'integer', format: 'int64', readOnly: true },
          ...Object.fromEntries(
            Array.from({ length: 20 }, (__, p) => [`p${p}`, { type: 'string', maxLength: p + 1 }]),
          ),
          next: reference(index + 1),
          other: { type: 'array', items: reference(index * 7 + 3) },
        },
      },
    ]),
  )
  const paths = Object.fromEntries(
    Array.from({ length: operations }, (_, index) => [
      `/things/${index}`,
      {
        post: {
          operationId: `op${index}`,
          requestBody: { content: { 'application/json': { schema: reference(index) } } },
          responses: {
            200: {
              description: '',
              content: { 'application/json': { schema: reference(index * 3) } },
            },
          },
        },
      },
    ]),
  )
  return { openapi: '3.0.3', paths, components: { schemas } }
}

/** Counts the turns of the event loop while `work` runs. */
async function turnsDuring<T>(work: Promise<T>): Promise<{ value: T; turns: number }> {
  const state = { done: false, turns: 0 }
  const value = work.finally(() => (state.done = true))
  while (!state.done) {
    await setImmediate()
    state.turns += 1
  }
  return { value: await value, turns: state.turns }
}

test('a large document is imported in many slices, with the same result as at once (K2)', async () => {
  const document = large(400, 400)
  const { value, turns } = await turnsDuring(importOpenAPI(document, config))
  expect(value).toHaveLength(400)
  // The work takes some hundred milliseconds, a slice less than ten.
  expect(turns).toBeGreaterThan(20)
  const atOnce = FromOpenAPI(document, config)
  expect(value.map(({ name }) => name)).toEqual(atOnce.map(({ name }) => name))
  for (const index of [0, 399])
    expect(JSON.stringify(value[index])).toBe(JSON.stringify(atOnce[index]))
}, 60_000)

test('a large file is read in slices, JSON as well as YAML (K2)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'))
  try {
    const text = JSON.stringify(large(200, 600))
    await writeFile(join(folder, 'a.json'), text)
    // JSON is YAML; the comment keeps it from being taken for JSON.
    await writeFile(join(folder, 'a.yaml'), `# YAML\n${JSON.stringify(large(20, 60))}`)
    const json = await turnsDuring(FromOpenAPIFile(join(folder, 'a.json'), config))
    const yaml = await turnsDuring(FromOpenAPIFile(join(folder, 'a.yaml'), config))
    expect([json.value.length, yaml.value.length]).toEqual([200, 20])
    expect(json.turns).toBeGreaterThan(5)
    expect(yaml.turns).toBeGreaterThan(20)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

test('long text that is not YAML is refused, and nothing is left running', async () => {
  await expect(readDocument(`a: [\n${'x\n'.repeat(20_000)}`)).rejects.toThrow(
    'neither JSON nor YAML',
  )
})

test('JSON in steps is what JSON.parse makes of it', () => {
  assert(
    property(jsonValue({ maxDepth: 6 }), nat({ max: 3 }), (value, indent) => {
      const text = JSON.stringify(
        { value, __proto__: 1, pad: 'x'.repeat(70_000), more: [value] },
        undefined,
        indent,
      )
      expect(runAtOnce(parseJsonSteps(text))).toEqual(JSON.parse(text))
    }),
    { numRuns: 200 },
  )
})

test('large parts of JSON keep their places, their order and members called __proto__', () => {
  const item = { a: [1, [2, { b: null }]], text: '}{][",\\"\\\\' }
  const text = `{"list":${JSON.stringify(Array.from({ length: 5000 }, () => item))},"__proto__":{"x":[1]},"10":[],"n":7}`
  const parsed = runAtOnce(parseJsonSteps(text)) as object
  expect(parsed).toEqual(JSON.parse(text))
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
  expect(Object.keys(parsed)).toEqual(Object.keys(JSON.parse(text) as object))
})

test.each(['{"a":1', '{"a":1}}', '{"a":[1}]', '{"a":1} x', '[1,]', '{"a" 1}', '{} {}', '"a', ''])(
  'the text %j is not JSON',
  (text) => {
    expect(() => runAtOnce(parseJsonSteps(text))).toThrow(SyntaxError)
    const long = text.replace('1', JSON.stringify('1'.repeat(70_000)))
    expect(() => runAtOnce(parseJsonSteps(long))).toThrow(SyntaxError)
  },
)

test('a document of more than 512 levels is refused', () => {
  const text = `{"openapi":"3.1.0","x-deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  expect(() => parseDocument(text)).toThrow('nested deeper than 512 levels')
})
