import { isResponseEnvelope, RESPONSE_SOURCES } from './response-envelope.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * A `call.responded` of a provider with the members of `meta` that it left out: an `output` of `{data}` alone is enough, and so is a `meta`
 * without `source`, or of the source `local` with some of its members. The operation is then the empty text, because the caller knows it.
 * Anything else is returned unchanged.
 */
export function withWholeMeta(message: unknown): unknown {
  if (!isFields(message) || message['type'] !== 'call.responded') return message
  const { payload } = message
  if (!isFields(payload)) return message
  const { output } = payload
  if (!isFields(output) || !Object.hasOwn(output, 'data') || isResponseEnvelope(output))
    return message
  const { meta = {} } = output
  if (!isFields(meta)) return message
  const { source = 'local', operationId = '', timestamp = Date.now() } = meta
  if (source !== 'local') return message
  const whole = { ...output, meta: { ...meta, source, operationId, timestamp } }
  return { ...message, payload: { ...payload, output: whole } }
}

/** The fault of an answer's output, with a JSON Pointer into it; undefined for a valid envelope. */
export function outputFault(output: unknown): { path: string; message: string } | undefined {
  if (isResponseEnvelope(output)) return undefined
  if (!isFields(output)) return { path: '', message: 'must be an object {data, meta?}' }
  if (!Object.hasOwn(output, 'data')) return { path: '/data', message: 'is missing' }
  const { meta } = output
  if (!isFields(meta)) return { path: '/meta', message: 'must be an object' }
  const { source } = meta
  const known = RESPONSE_SOURCES.find((one) => one === source)
  if (known === undefined)
    return { path: '/meta/source', message: `must be one of ${RESPONSE_SOURCES.join(', ')}` }
  for (const [name, kind] of Object.entries(MEMBERS[known])) {
    const value = meta[name]
    if (value === undefined) return { path: `/meta/${name}`, message: 'is missing' }
    if (!isKind(value, kind)) return { path: `/meta/${name}`, message: `must be of type ${kind}` }
  }
  return { path: '/meta', message: 'must be the meta of a response envelope' }
}

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'array'
type Members = Readonly<Record<string, Kind>>

const MEMBERS: Readonly<Record<(typeof RESPONSE_SOURCES)[number], Members>> = {
  local: { operationId: 'string', timestamp: 'number' },
  http: { statusCode: 'number', headers: 'object', contentType: 'string' },
  mcp: { isError: 'boolean', content: 'array' },
  sse: { statusCode: 'number', headers: 'object', event: 'string', lastEventId: 'string' },
}

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === 'object') return isFields(value)
  return kind === 'array' ? Array.isArray(value) : typeof value === kind
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
