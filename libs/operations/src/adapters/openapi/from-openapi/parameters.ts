import { pointerAppend } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { asList, asText, documentError, resolveNode } from './document.ts'
import type { ParameterStyle } from './parameter-style.ts'
import { declaredName, isOutsidePath, variablesOf } from './path-template.ts'
import type { PathExpression, PathPart } from './path-template.ts'
import type { Node, OpenAPISpec } from './types.ts'

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie'

/** One parameter: where it goes, how it is written, and which member of the operation's input it is. */
export interface PlannedParameter extends ParameterStyle {
  readonly input: string
  readonly name: string
  readonly in: ParameterPlace
  readonly required: boolean
  /** It is written as JSON (`content` instead of `schema`). */
  readonly json: boolean
  readonly schema: unknown
  readonly description: string | undefined
  /** Its place in the document. */
  readonly at: string
}

const PLACES: readonly ParameterPlace[] = ['path', 'query', 'header', 'cookie']
const STYLES: Readonly<Record<ParameterPlace, readonly string[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
}
/** OpenAPI has the first three ignored. The others belong to the connection: a caller's `host` would choose another service behind the same address. */
const IGNORED = new Set([
  'accept',
  'content-type',
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

interface Found {
  readonly node: Node
  readonly at: string
}

/**
 * The parameters of path item and operation (which wins), those in the path first. Their inputs have their names; where two have the same one (in path and query,
 * say), or one is called as the body is, the later is called `<place>_<name>`.
 */
export function planParameters(
  spec: OpenAPISpec,
  path: readonly PathPart[],
  at: string,
  lists: readonly { readonly list: unknown; readonly at: string }[],
  taken: readonly string[],
): PlannedParameter[] {
  const found = new Map<string, Found>()
  for (const { list, at: listAt } of lists)
    for (const [index, item] of asList(list).entries()) {
      const place = pointerAppend(listAt, index)
      const node = resolveNode(spec, item, place)
      const name = node['name']
      if (typeof name !== 'string') throw documentError(place, 'has no name')
      if (node['in'] === 'header' && IGNORED.has(name.toLowerCase())) continue
      found.set(`${String(node['in'])} ${name}`, { node, at: place })
    }
  for (const part of path) if (typeof part !== 'string') addUndeclared(found, part, at)
  const inputs = new Set(taken)
  const planned: PlannedParameter[] = []
  for (const place of PLACES)
    for (const { node, at: nodeAt } of found.values())
      if (node['in'] === place) {
        const name = node['name'] as string
        let input = name === '__proto__' || inputs.has(name) ? `${place}_${name}` : name
        while (inputs.has(input)) input = `_${input}`
        inputs.add(input)
        planned.push(plan(node, place, input, nodeAt))
      }
  for (const { node, at: nodeAt } of found.values())
    if (!PLACES.includes(node['in'] as ParameterPlace))
      throw documentError(`${nodeAt}/in`, 'must be path, query, header or cookie')
  return planned
}

/** The variables of an expression that no parameter declares. Those that go into the query are not required; what is declared as in the path is sent there, too. */
function addUndeclared(found: Map<string, Found>, expression: PathExpression, at: string): void {
  const namesIn = (place: string): string[] =>
    [...found.values()].flatMap(({ node }) =>
      node['in'] === place ? [node['name'] as string] : [],
    )
  const isQuery = expression.operator === '?' || expression.operator === '&'
  const schema = { type: 'string' }
  for (const variable of variablesOf(expression, namesIn('path'))) {
    const { name } = variable
    const declared = declaredName(variable, namesIn('path'))
    if (isQuery && declared !== undefined) {
      const key = `path ${declared}`
      const { node, at: place } = found.get(key) as Found
      found.delete(key)
      found.set(`query ${declared}`, { node: { ...node, in: 'query' }, at: place })
    } else if (isQuery && declaredName(variable, namesIn('query')) === undefined)
      found.set(`query ${name}`, { node: { name, in: 'query', schema }, at })
    else if (!isOutsidePath(expression) && declared === undefined)
      found.set(`path ${name}`, { node: { name, in: 'path', required: true, schema }, at })
  }
}

function plan(node: Node, place: ParameterPlace, input: string, at: string): PlannedParameter {
  const [initial = 'simple'] = STYLES[place]
  const style = asText(node['style']) ?? initial
  if (!STYLES[place].includes(style))
    throw documentError(`${at}/style`, `${JSON.stringify(style)} is not possible in ${place}`)
  const content = isPlainObject(node['content']) ? Object.entries(node['content'])[0] : undefined
  const media = isPlainObject(content?.[1]) ? content[1] : undefined
  return {
    input,
    name: node['name'] as string,
    in: place,
    required: place === 'path' || node['required'] === true,
    style,
    explode:
      typeof node['explode'] === 'boolean'
        ? node['explode']
        : style === 'form' || style === 'deepObject',
    allowReserved: node['allowReserved'] === true,
    json: content !== undefined && /[/+]json\b/i.test(content[0]),
    schema: content === undefined ? node['schema'] : media?.['schema'],
    description: asText(node['description']),
    at,
  }
}
