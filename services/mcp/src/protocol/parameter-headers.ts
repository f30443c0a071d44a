import type { IncomingHttpHeaders } from 'node:http'
import { headerDeclarations } from './header-declarations.ts'
import { membersOf } from './members-of.ts'

/** `HeaderMismatch` of MCP 2026-07-28. */
const HEADER_MISMATCH = -32_020
/** A number in another form than this one is compared as text: a proxy does not read it as the service would. */
const DECIMAL = /^-?\d+(?:\.\d+)?$/
const BASE64 = /^=\?base64\?(.*)\?=$/s

/** Which parameters of a tool its clients repeat in headers. */
export interface ParameterHeaders {
  /** The input schema of the tool; undefined when there is no such tool. */
  readonly schemaOf: (tool: string) => unknown
  /** True to refuse a request without a header that the schema declares, which tools of others may rely on. */
  readonly required: boolean
}

export function hasParameterHeader(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith('mcp-param-')) return true
  return false
}

/**
 * Compares the headers `Mcp-Param-*` of a `tools/call` with its arguments, as `x-mcp-header` of the properties of the tool declares them. Returns the
 * answer to a request whose headers say something else than its body, so that a proxy may route and limit by the headers.
 */
export function refuseParameterHeaders(
  { schemaOf, required }: ParameterHeaders,
  headers: Pick<Headers, 'get'>,
  body: unknown,
): Response | undefined {
  const { id, method, params } = membersOf(body)
  if (method !== 'tools/call') return undefined
  const { name, arguments: given } = membersOf(params)
  for (const { path, header } of headerDeclarations(schemaOf(String(name))) ?? []) {
    const value = valueAt(given, path)
    if (!isSent(value)) continue
    const why = mismatch(headers.get(`mcp-param-${header}`), value, required)
    if (why !== undefined)
      return Response.json(
        {
          jsonrpc: '2.0',
          id: typeof id === 'string' || typeof id === 'number' ? id : null,
          error: {
            code: HEADER_MISMATCH,
            message: `The header Mcp-Param-${header} ${why} ${path.join('.')} of the body.`,
          },
        },
        { status: 400 },
      )
  }
  return undefined
}

type Primitive = string | number | boolean

function valueAt(given: unknown, path: readonly string[]): unknown {
  let value = given
  for (const name of path) {
    const members = membersOf(value)
    value = Object.hasOwn(members, name) ? members[name] : undefined
  }
  return value
}

/** Clients send no header for any other value. */
function isSent(value: unknown): value is Primitive {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value)
  return typeof value === 'string' || typeof value === 'boolean'
}

function mismatch(sent: string | null, value: Primitive, required: boolean): string | undefined {
  if (sent === null) return required ? 'is missing for' : undefined
  const text = decoded(sent)
  if (text === undefined) return 'has invalid Base64 for'
  const isSame =
    typeof value === 'number' && DECIMAL.test(text)
      ? Number(text) === value
      : text === String(value)
  return isSame ? undefined : 'is not'
}

/** Undefined for Base64 that is not valid. Any other text stands for itself. */
function decoded(sent: string): string | undefined {
  const encoded = BASE64.exec(sent)?.[1]
  if (encoded === undefined) return sent
  const bytes = Buffer.from(encoded, 'base64')
  return bytes.toString('base64') === encoded ? bytes.toString('utf8') : undefined
}
