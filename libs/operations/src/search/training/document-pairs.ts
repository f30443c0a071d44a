import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { distinct, plainWords } from './pair.ts'
import type { Pair } from './pair.ts'

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
/** One vendor's operations say the same things again and again. */
const MAX_OF_DOCUMENT = 400

interface Schema {
  readonly $ref?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
}

interface Parameter extends Schema {
  readonly name?: string
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Schema & {
    readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
  }
}

interface Document {
  readonly paths?: Readonly<
    Record<string, Partial<Record<(typeof METHODS)[number] | 'parameters', unknown>>>
  >
}

/** Summaries, descriptions, names and parameters of the operations of all OpenAPI documents below a folder. */
export function documentPairs(folder: string): Pair[] {
  const known = new Set<string>()
  return globSync(join(folder, '**/*.json'))
    .toSorted()
    .flatMap((file) => operationPairs(JSON.parse(readFileSync(file, 'utf8')) as Document, known))
}

function operationPairs(document: Document, known: Set<string>): Pair[] {
  const found: Pair[] = []
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method] as Operation | undefined
      if (operation === undefined || found.length > MAX_OF_DOCUMENT) continue
      const shared = (item.parameters ?? []) as readonly Parameter[]
      const pair = pairOf(document, path, operation, shared)
      const key = `${pair.said.join(' ')}|${pair.meant.slice(0, 12).join(' ')}`
      if (known.has(key) || pair.said.length + pair.meant.length < 3) continue
      known.add(key)
      found.push(pair)
    }
  }
  return found
}

function pairOf(
  document: Document,
  path: string,
  operation: Operation,
  shared: readonly Parameter[],
): Pair {
  const parameters = [...shared, ...(operation.parameters ?? [])].map((given) => {
    const { name, description } = resolve<Parameter>(document, given)
    return name === undefined ? '' : `${name} ${clean(description).slice(0, 80)}`
  })
  const [content] = Object.values(resolve(document, operation.requestBody).content ?? {})
  const { properties } = resolve<Schema>(document, content?.schema)
  for (const [name, schema] of Object.entries(properties ?? {}).slice(0, 15))
    parameters.push(`${name} ${clean(resolve<Schema>(document, schema).description).slice(0, 80)}`)
  const name = `${path.replaceAll(/\{[^}]*\}/g, ' ')} ${operation.operationId ?? ''} ${(operation.tags ?? []).join(' ')}`
  return {
    said: wordsOf(clean(operation.summary), 16),
    meant: wordsOf(clean(operation.description), 48),
    near: distinct(wordsOf(name, 600)).slice(0, 14),
    rest: wordsOf(parameters.join(' '), 40),
  }
}

function wordsOf(text: string, most: number): string[] {
  return plainWords(text.slice(0, 600)).slice(0, most)
}

function clean(text: unknown): string {
  if (typeof text !== 'string') return ''
  return text
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/https?:\S+/g, ' ')
}

/** What is referred to within the document. */
function resolve<T extends Schema>(document: Document, given: T | undefined): T {
  let found: unknown = given
  for (let depth = 0; depth < 5; depth++) {
    const reference = (found as Schema | undefined)?.$ref
    if (typeof reference !== 'string' || !reference.startsWith('#/')) break
    const keys = reference.slice(2).split('/')
    found = keys.reduce<unknown>(
      (at, key) =>
        (at as Readonly<Record<string, unknown>> | undefined)?.[
          key.replaceAll('~1', '/').replaceAll('~0', '~')
        ],
      document,
    )
  }
  return (found ?? {}) as T
}
