import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, parseDocument, stringify } from 'yaml'
import type { Document, Pair } from 'yaml'
import { InvalidInputError } from '../errors.ts'
import type { TaskInput } from '../schema/task.ts'
import { parseFrontmatter } from './parse.ts'
import { readFrontmatter } from './read.ts'
import { splitFrontmatter } from './split.ts'

const yamlOptions = { version: '1.2', lineWidth: 0 } as const

/**
 * The text with some fields of its front matter set, added or (undefined) removed. Everything else stays as its author wrote it,
 * character for character: the body, comments, the order and the quotes of the other fields, and fields that no task has.
 * @throws InvalidInputError when the text has no good front matter, or would have none afterwards
 */
export function updateFrontmatter(
  markdown: string,
  changes: Readonly<Partial<Record<keyof TaskInput, unknown>>>,
): string {
  const before = parseFrontmatter(markdown)
  const wanted: Record<string, unknown> = { ...before, ...changes }
  for (const [key, value] of Object.entries(changes))
    if (value === undefined) Reflect.deleteProperty(wanted, key)
  if (isDeepStrictEqual(before, wanted)) return markdown
  const { yaml, start } = splitFrontmatter(markdown)
  let text = yaml
  for (const [key, value] of Object.entries(changes))
    if (!isDeepStrictEqual(before[key as keyof TaskInput], value)) text = setField(text, key, value)
  const edited = markdown.slice(0, start) + text + markdown.slice(start + yaml.length)
  const { task, problems } = readFrontmatter(edited)
  if (task !== undefined && isDeepStrictEqual(task, wanted)) return edited
  const [problem] = problems
  throw new InvalidInputError(
    problem?.field ?? '',
    problem === undefined
      ? 'The front matter is written in a form that can not be changed in place.'
      : `${problem.field}: ${problem.message}`,
  )
}

/** The YAML with one field changed. */
function setField(yaml: string, key: string, value: unknown): string {
  const document = parseDocument(yaml, yamlOptions)
  const root = document.contents
  if (!isMap(root)) return yaml
  const isNamed = (pair: Pair) =>
    isScalar(pair.key) &&
    (pair.key.value === key || (key === 'dependsOn' && pair.key.value === 'depends_on'))
  const pair = root.items.find(isNamed)
  if (root.flow === true) return rewritten(document, key, value)
  const newline = yaml.includes('\r\n') ? '\r\n' : '\n'
  const written =
    value === undefined
      ? ''
      : stringify({ [key]: value }, { ...yamlOptions, blockQuote: false }).replaceAll('\n', newline)
  if (pair === undefined) {
    const gap = yaml === '' || yaml.endsWith('\n') ? '' : newline
    return `${yaml}${gap}${written}`
  }
  const [from, to] = rangeOf(pair, yaml)
  if (value === undefined || !isScalar(pair.value) || typeof value === 'object') {
    // A comment behind a removed field belongs to the field.
    const end = value === undefined ? lineEnd(yaml, to) : to
    return yaml.slice(0, from) + written.trimEnd() + yaml.slice(end)
  }
  // Only the value, so that the key and what follows on its line stay.
  const start = pair.value.range?.[0] ?? from
  const text = stringify(value, { ...yamlOptions, blockQuote: false }).trimEnd()
  const gap = yaml[start - 1] === ':' ? ' ' : ''
  return yaml.slice(0, start) + gap + text + yaml.slice(to)
}

/** From the key to the end of the value, without comments and line ends behind it. */
function rangeOf(pair: Pair, yaml: string): [number, number] {
  const start = isNodeWithRange(pair.key) ? pair.key.range[0] : 0
  const end = isNodeWithRange(pair.value) ? pair.value.range[1] : start
  const trimmed = yaml.slice(start, end).trimEnd().length
  return [start, start + trimmed]
}

function isNodeWithRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

/** The position behind the line end that follows. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}

/** A mapping in braces is written again by the YAML library, which keeps its comments and its order. */
function rewritten(document: Document, key: string, value: unknown): string {
  if (value === undefined) document.delete(key)
  else document.set(key === 'dependsOn' && document.has('depends_on') ? 'depends_on' : key, value)
  return document.toString(yamlOptions)
}
