import { CodedError } from '@alkdev/errors'
import { GENERIC_TOOLS } from '@alkdev/service'
import type { GenericTool } from '@alkdev/service'
import { listOf, member } from '../usage/usage.ts'

/** Characters that models do not take in the name of a tool. */
const UNSAFE = /[^A-Za-z0-9_-]/g
const MAX_PREFIX = 40
const MAX_LABEL = 256

/** The tools of this hub in one request: which of them the model gets, and which calls the client must approve. */
export interface HubTools {
  /** Names the hub in the answer, as the client does. */
  readonly label: string
  /** The name under which the model gets a tool. */
  readonly nameOf: (tool: string) => string
  /** By the names under which the model gets them. */
  readonly tools: ReadonlyMap<string, GenericTool>
  /** Whether the client must approve a call of this tool. */
  needsApproval(name: string, isReadOnly: boolean): boolean
  /** The tools of the request that are not of this hub. */
  readonly others: readonly unknown[]
}

/** Reads whether an address is that of this hub's MCP server. */
export type IsHub = (address: string) => boolean

export interface HubToolsOptions {
  readonly isHub: IsHub
  /** The key of the request: a tool may repeat it, and may name no other one. */
  readonly key: string
  /** What happens to calls where the request does not say. */
  readonly approval: 'always' | 'never'
}

/**
 * The tools `{type: 'mcp', server_url}` of a request that name this hub; undefined when there is none. Throws VALIDATION_ERROR for two of
 * them, for one with another key, and for a form of `require_approval` that is not known: it must be obeyed or refused.
 */
export function hubToolsOf(tools: unknown, options: HubToolsOptions): HubTools | undefined {
  const own: unknown[] = []
  const others: unknown[] = []
  for (const tool of listOf(tools)) {
    const address = member(tool, 'type') === 'mcp' ? member(tool, 'server_url') : undefined
    if (typeof address === 'string' && options.isHub(address)) own.push(tool)
    else others.push(tool)
  }
  const [tool] = own
  if (tool === undefined) return undefined
  if (own.length > 1) throw invalid('The tools of this hub can be given once.')
  checkKey(tool, options.key)
  const label = labelOf(member(tool, 'server_label'))
  const prefix = label.replaceAll(UNSAFE, '_').slice(0, MAX_PREFIX)
  const nameOf = (name: string): string => `${prefix}__${name}`
  const allowed = allowedNames(member(tool, 'allowed_tools'))
  const offered = GENERIC_TOOLS.filter(({ name }) => allowed?.includes(name) ?? true)
  return {
    label,
    nameOf,
    tools: new Map(offered.map((one) => [nameOf(one.name), one])),
    needsApproval: approvalOf(member(tool, 'require_approval'), options.approval),
    others,
  }
}

function labelOf(label: unknown): string {
  if (label === undefined) return 'hub'
  if (typeof label === 'string' && label !== '' && label.length <= MAX_LABEL) return label
  throw invalid(`server_label must be a text of 1 to ${MAX_LABEL} characters.`)
}

/** The calls are made with the rights of the key of the request. */
function checkKey(tool: unknown, key: string): void {
  const headers = member(tool, 'headers')
  const named = Object.entries((headers as object | undefined) ?? {}).flatMap(([name, value]) =>
    ['authorization', 'x-api-key'].includes(name.toLowerCase()) ? [value] : [],
  )
  for (const one of [member(tool, 'authorization'), ...named])
    if (
      (one ?? null) !== null &&
      !(typeof one === 'string' && one.replace(/^Bearer\s+/i, '') === key)
    )
      throw invalid(
        'The tools of this hub are called with the key of the request: leave out the other key.',
      )
}

function allowedNames(allowed: unknown): readonly string[] | undefined {
  if (allowed === undefined || allowed === null) return undefined
  const names = Array.isArray(allowed) ? allowed : member(allowed, 'tool_names')
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names
  throw invalid('allowed_tools must list names: list, search, schema, call.')
}

type NeedsApproval = HubTools['needsApproval']

function approvalOf(given: unknown, usual: 'always' | 'never'): NeedsApproval {
  const asked = given ?? usual
  if (asked === 'always') return () => true
  if (asked === 'never') return () => false
  const [always, never] = [member(asked, 'always'), member(asked, 'never')]
  if (always === undefined && never === undefined)
    throw invalid('require_approval must be always, never, or an object with one of them.')
  const [inAlways, inNever] = [filterOf(always), filterOf(never)]
  return (name, isReadOnly) => inAlways(name, isReadOnly) || !inNever(name, isReadOnly)
}

/** What a filter `{tool_names, read_only}` selects; nothing when it is missing. */
function filterOf(filter: unknown): NeedsApproval {
  if (filter === undefined || filter === null) return () => false
  const names = member(filter, 'tool_names')
  const readOnly = member(filter, 'read_only')
  const isKnown =
    (names === undefined || Array.isArray(names)) &&
    (readOnly === undefined || typeof readOnly === 'boolean') &&
    (names !== undefined || readOnly !== undefined)
  if (!isKnown)
    throw invalid('A filter of require_approval must have tool_names, or read_only, or both.')
  return (name, isReadOnly) =>
    (names === undefined || listOf(names).includes(name)) &&
    (readOnly === undefined || readOnly === isReadOnly)
}

function invalid(message: string): CodedError {
  return new CodedError('VALIDATION_ERROR', message, { details: { param: 'tools' } })
}
