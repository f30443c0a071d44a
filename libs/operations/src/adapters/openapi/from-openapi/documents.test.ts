import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { FromOpenAPI, parseDocument } from '../../../from-openapi.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import type { OpenAPIDefinition, SkippedOperation } from '../../../from-openapi.ts'
import { documentServer } from './fixtures/document-server.ts'
import { sample } from './fixtures/sample.ts'
import type { CallError } from '../../../calls/call-error.ts'

const require = createRequire(import.meta.url)
const examples = dirname(require.resolve('@readme/oas-examples/package.json'))
const figma = join(
  dirname(require.resolve('@figma/rest-api-spec/package.json')),
  'openapi/openapi.yaml',
)

/**
 * Operations of the examples that can't be called with a value made from their schema, because no value fits (`allOf` of an integer and a string) or because
 * the sampler does not find one. All others are called and answered.
 */
const exceptions: readonly (readonly [file: string, operation: string])[] = [
  ['circular-request-bodies', 'directCircular'],
  ['readme-legacy', 'createDoc'],
  ['schema-types', 'quirks_entirelyIncompatibleAllOf'],
  ['schema-types', 'quirks_incompatibleNestedAllOf'],
  ['schema-types', 'quirks_partiallyUsableIncompatibleAllOf'],
]

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(join(examples, folder))
  return names.filter((name) => /\.(json|yaml)$/.test(name)).map((name) => join(folder, name))
}

interface Outcome {
  readonly called: number
  readonly skipped: readonly SkippedOperation[]
  readonly failures: readonly string[]
}

/** Calls every operation of a document, with a sample of its input, against a server made from the document. */
async function callAll(path: string): Promise<Outcome> {
  const document = parseDocument(await readFile(path, 'utf8'))
  await using server = await documentServer(document)
  const skipped: SkippedOperation[] = []
  const registry = new OperationRegistry()
  const operations = FromOpenAPI(document, {
    namespace: 'api',
    baseUrl: server.url,
    onSkipped: (one) => skipped.push(one),
  })
  registry.registerAll(operations)
  const failures: string[] = []
  for (const operation of operations) {
    const input = sample(operation.inputSchema, operation.inputSchema)
    try {
      await call(registry, operation, input)
    } catch (error) {
      const { code, message, details } = error as CallError
      failures.push(
        `${operation.name}: ${code} ${message} ${JSON.stringify(details)?.slice(0, 200)}`,
      )
    }
  }
  return { called: operations.length, skipped, failures }
}

async function call(
  registry: OperationRegistry,
  operation: OpenAPIDefinition,
  input: unknown,
): Promise<void> {
  const id = `api.${operation.name}`
  if (operation.type !== 'subscription') await registry.execute(id, input)
  else for await (const _ of registry.subscribe(id, input)) break
}

for (const folder of ['3.0/json', '3.0/yaml', '3.1/json', '3.1/yaml'])
  for (const file of await filesOf(folder))
    test(`every operation of ${file} is called against a server made from it`, async () => {
      const { skipped, failures } = await callAll(join(examples, file))
      const known = exceptions.filter(([name]) => file.includes(name)).map(([, name]) => name)
      expect(failures.map((failure) => failure.split(':')[0])).toEqual(known)
      expect(skipped).toEqual([])
    })

test('every operation of Figma is called against a server made from its document', async () => {
  const { called, skipped, failures } = await callAll(figma)
  expect({ called, skipped, failures }).toEqual({ called: 54, skipped: [], failures: [] })
}, 60_000)
