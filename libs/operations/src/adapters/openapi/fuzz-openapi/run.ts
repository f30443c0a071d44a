import { isDeepStrictEqual } from 'node:util'
import { CallError } from '../../../calls/call-error.ts'
import { FromOpenAPI, parseDocument } from '../../../from-openapi.ts'
import type { OpenAPIDefinition, SkippedOperation } from '../../../from-openapi.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import { compileSchema } from '../../../schema/validator.ts'
import { mutated } from './mutate.ts'
import { Random } from './random.ts'

export interface FuzzResult {
  readonly documents: number
  /** Documents that were refused as a whole, with a CallError. */
  readonly refusedDocuments: number
  readonly operations: number
  /** Operations that were refused by name. */
  readonly refusedOperations: number
  /** What must not happen: other errors, refusals without a reason, schemas that do not compile. `seed` and `index` repeat it. */
  readonly faults: readonly { readonly index: number; readonly fault: string }[]
  /** Milliseconds of the slowest import. */
  readonly slowestMs: number
}

/** One document in this number has the schemas of an operation compiled: compiling all of them would take most of the time. */
const COMPILED_EACH = 4

/** Imports `count` mutations of the documents and notes each that ends neither in operations nor in a refusal by name. */
export function fuzzImports(
  documents: readonly unknown[],
  seed: number,
  count: number,
): FuzzResult {
  const random = new Random(seed)
  const faults: { index: number; fault: string }[] = []
  let refusedDocuments = 0
  let operations = 0
  let refusedOperations = 0
  let slowestMs = 0
  for (let index = 0; index < count; index++) {
    const document = mutated(random.pick(documents), random)
    const start = performance.now()
    try {
      const { made, refused } = importOne(document)
      operations += made.length
      refusedOperations += refused.length
      if (made.length > 0 && random.below(COMPILED_EACH) === 0) check(random.pick(made))
    } catch (error) {
      if (error instanceof CallError && error.message !== '') refusedDocuments += 1
      else
        faults.push({ index, fault: error instanceof Error ? (error.stack ?? '') : String(error) })
    }
    slowestMs = Math.max(slowestMs, performance.now() - start)
  }
  return { documents: count, refusedDocuments, operations, refusedOperations, faults, slowestMs }
}

function importOne(document: unknown): {
  readonly made: readonly OpenAPIDefinition[]
  readonly refused: readonly SkippedOperation[]
} {
  const refused: SkippedOperation[] = []
  const text = JSON.stringify(document)
  const parsed = parseDocument(text)
  if (!isDeepStrictEqual(parsed, JSON.parse(text)))
    throw new TypeError('the parser differs from JSON.parse')
  const made = FromOpenAPI(parsed, {
    namespace: 'api',
    baseUrl: 'https://api.example',
    onSkipped: (one) => refused.push(one),
  })
  if (refused.some(({ reason }) => reason === '')) throw new TypeError('a refusal without a reason')
  new OperationRegistry().registerAll(made)
  return { made, refused }
}

/** Throws TypeError for a schema that does not compile from its text alone, as another process would compile it. */
function check({ name, inputSchema, outputSchema }: OpenAPIDefinition): void {
  for (const schema of [inputSchema, outputSchema])
    try {
      compileSchema(JSON.parse(JSON.stringify(schema)) as typeof schema)
    } catch (error) {
      throw new TypeError(`a schema of ${name} does not compile`, { cause: error })
    }
}
