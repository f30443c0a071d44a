import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import type { FrontmatterProblem, TaskProblemCode } from './problem.ts'

/** 1-based place in the file. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** The wanted fields of a YAML mapping and where each of them stands. */
export interface YamlFields {
  readonly values: Readonly<Record<string, unknown>>
  /** By path (`dependsOn/1`); `#name` is the place of the key itself. */
  readonly places: ReadonlyMap<string, TextPlace>
  readonly problems: readonly FrontmatterProblem[]
  /** Keys that are not wanted, in their order; the first 20. */
  readonly unknown: readonly { readonly key: string; readonly at: TextPlace }[]
}

/** Deepest nesting that is read; a task needs three levels. */
const maxDepth = 16

/** One broken character can lead to hundreds of findings; the first ones are enough. */
const maxReported = 20

/**
 * Reads the wanted keys out of a YAML 1.2 mapping. Aliases, tags of an unknown kind and deep nesting
 * inside a wanted key are refused; keys that are not wanted are not looked into.
 *
 * @param firstLine line in the file at which the YAML begins, 1-based
 */
export function readYamlFields(
  yaml: string,
  wanted: ReadonlySet<string>,
  firstLine: number,
): YamlFields {
  const problems: FrontmatterProblem[] = []
  const places = new Map<string, TextPlace>()
  const values: Record<string, unknown> = {}
  const counter = new LineCounter()
  const placeOf = (offset: number): TextPlace => {
    const { line, col } = counter.linePos(Math.max(0, offset))
    return { line: firstLine + Math.max(1, line) - 1, column: Math.max(1, col) }
  }
  const report = (code: TaskProblemCode, field: string, message: string, at: TextPlace) => {
    problems.push({ code, field, message, ...at })
  }
  const unknown: { key: string; at: TextPlace }[] = []
  const done = (): YamlFields => ({ values, places, problems, unknown })

  let document: Document.Parsed
  try {
    document = parseDocument(yaml, { lineCounter: counter, prettyErrors: false, version: '1.2' })
  } catch (error) {
    // The parser recurses; block nesting can still exhaust the stack.
    if (!(error instanceof RangeError)) throw error
    report('yaml', '', 'the YAML is nested too deeply', { line: firstLine, column: 1 })
    return done()
  }
  for (const found of [...document.errors, ...document.warnings].slice(0, maxReported)) {
    report('yaml', '', sentence(found.message), placeOf(found.pos[0]))
  }
  if (problems.length > 0) return done()

  const root = document.contents
  if (root === null || !isMap(root)) {
    const at = placeOf(start(root))
    report('yaml', '', 'the front matter must be a list of "key: value" lines', at)
    return done()
  }

  const valueOf = (node: unknown, field: string, depth: number): unknown => {
    if (node === null || node === undefined || !isNode(node)) return null
    places.set(field, placeOf(start(node)))
    if (isScalar(node)) return node.value
    const refuse = (message: string): undefined => {
      report('yaml', field, message, placeOf(start(node)))
      return undefined
    }
    if (isAlias(node)) return refuse('aliases (*name) are not allowed; write the value out')
    if (depth > maxDepth) return refuse('the YAML is nested too deeply')
    if (isSeq(node)) {
      return node.items.map((item, index) => valueOf(item, `${field}/${index}`, depth + 1))
    }
    if (!isMap(node)) return refuse('expected a value, a list or a mapping')
    const entries: [string, unknown][] = []
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? pair.key.value : undefined
      if (typeof key !== 'string') return refuse('a mapping needs plain texts as its keys')
      places.set(`${field}/${key}`, placeOf(start(pair.key)))
      entries.push([key, valueOf(pair.value, `${field}/${key}`, depth + 1)])
    }
    // Makes own properties of all keys, `__proto__` too.
    return Object.fromEntries(entries)
  }
  for (const pair of root.items) {
    const key = isScalar(pair.key) ? pair.key.value : undefined
    if (typeof key !== 'string') continue
    const at = placeOf(start(pair.key))
    if (!wanted.has(key)) {
      if (unknown.length < maxReported) unknown.push({ key, at })
      continue
    }
    places.set(key, at)
    const value = valueOf(pair.value, key, 0)
    places.set(`#${key}`, at)
    values[key] = value
  }
  return done()
}

function start(node: unknown): number {
  const range = isNode(node) ? node.range : undefined
  return range?.[0] ?? 0
}

function sentence(message: string): string {
  const first = message.split('\n', 1)[0] ?? message
  return first.length <= 300 ? first : `${first.slice(0, 297)}...`
}
