import { CallError } from '../call-error.ts'
import { pointerAppend } from '../json-pointer.ts'
import { isPlainObject } from '../schema-limits.ts'
import { resolveNode } from './document.ts'
import { kindOf, mediaTypeOf, preferred } from './media-type.ts'
import type { MediaKind } from './media-type.ts'
import { queryPairs, scalarText } from './parameter-style.ts'
import type { Node, OpenAPISpec } from './types.ts'

/** How the body of an operation is written. */
export interface PlannedBody {
  readonly contentType: string
  readonly kind: MediaKind
  readonly required: boolean
  /** As in the document, except of parts that are bytes. */
  readonly schema: unknown
  readonly at: string
  readonly encoding: Readonly<Record<string, Node>>
  /** Multipart: the fields that are files. */
  readonly files: ReadonlySet<string>
}

/** What `fetch` takes as a body. */
export type RequestBody = NonNullable<RequestInit['body']>

export interface EncodedBody {
  readonly body: RequestBody
  /** Absent where `fetch` has to say it (multipart's boundary). */
  readonly contentType?: string
}

const BYTES: Node = { type: 'string', contentEncoding: 'base64', description: 'Bytes in base64.' }
const FILE: Node = {
  anyOf: [
    BYTES,
    {
      type: 'object',
      required: ['data'],
      properties: {
        data: BYTES,
        filename: { type: 'string', maxLength: 255 },
        contentType: { type: 'string', maxLength: 127 },
      },
      additionalProperties: false,
    },
  ],
}

/** The request body in the media type that says most: JSON, then multipart, form, text, bytes. */
export function planBody(spec: OpenAPISpec, node: unknown, at: string): PlannedBody | undefined {
  if (node === undefined) return undefined
  const body = resolveNode(spec, node, at)
  const content = isPlainObject(body['content']) ? body['content'] : {}
  const [contentType] = preferred(Object.keys(content))
  if (contentType === undefined) return undefined
  const place = pointerAppend(`${at}/content`, contentType)
  const media = resolveNode(spec, content[contentType], place)
  const kind = kindOf(contentType)
  const encoding: Record<string, Node> = {}
  if (isPlainObject(media['encoding']))
    for (const [field, how] of Object.entries(media['encoding']))
      if (isPlainObject(how)) encoding[field] = how
  const common = {
    contentType,
    kind: kind === 'events' ? 'text' : kind,
    required: body['required'] === true,
    encoding,
    at: `${place}/schema`,
  } as const
  if (kind === 'binary') return { ...common, schema: BYTES, files: new Set() }
  if (kind === 'text')
    return { ...common, schema: textSchema(spec, media['schema']), files: new Set() }
  if (kind !== 'multipart') return { ...common, schema: media['schema'], files: new Set() }
  return { ...common, ...multipartSchema(spec, media['schema'], encoding, common.at) }
}

/** Text has no parts that a schema for objects (of XML, say) could describe. */
function textSchema(spec: OpenAPISpec, schema: unknown): unknown {
  const found = isPlainObject(schema) ? resolveNode(spec, schema, '') : {}
  return found['type'] === 'string' ? schema : { type: 'string' }
}

function isFile(schema: Node, encoding: Node | undefined): boolean {
  const type = schema['type']
  if (schema['format'] === 'binary') return true
  const said = typeof encoding?.['contentType'] === 'string' ? encoding['contentType'] : undefined
  const media = said ?? schema['contentMediaType']
  return (
    (type === undefined || type === 'string') &&
    schema['format'] !== 'byte' &&
    schema['contentEncoding'] === undefined &&
    typeof media === 'string' &&
    kindOf(media.split(',')[0] ?? '') === 'binary'
  )
}

/** The schema with files in a form that JSON can have: base64, or that with a name and a type. */
function multipartSchema(
  spec: OpenAPISpec,
  schema: unknown,
  encoding: Readonly<Record<string, Node>>,
  at: string,
): { schema: unknown; files: ReadonlySet<string> } {
  const files = new Set<string>()
  if (!isPlainObject(schema)) return { schema: schema ?? { type: 'object' }, files }
  const resolved = resolveNode(spec, schema, at)
  const properties = resolved['properties']
  if (!isPlainObject(properties)) return { schema, files }
  const replaced: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(properties)) {
    const place = pointerAppend(`${at}/properties`, name)
    const own = isPlainObject(property) ? resolveNode(spec, property, place) : {}
    const items = isPlainObject(own['items']) ? resolveNode(spec, own['items'], place) : undefined
    const note = typeof own['description'] === 'string' ? { description: own['description'] } : {}
    if (isFile(own, encoding[name])) replaced[name] = { ...FILE, ...note }
    else if (own['type'] === 'array' && items !== undefined && isFile(items, encoding[name]))
      replaced[name] = { ...own, items: FILE }
    else {
      replaced[name] = property
      continue
    }
    files.add(name)
  }
  return files.size === 0
    ? { schema, files }
    : { schema: { ...resolved, properties: replaced }, files }
}

/** The body's value as what `fetch` sends. Throws CallError VALIDATION_ERROR for base64 that is none, or a form that is no object. */
export function encodeBody(plan: PlannedBody, value: unknown): EncodedBody {
  const { contentType } = plan
  switch (plan.kind) {
    case 'json':
      return {
        body: JSON.stringify(value),
        contentType: mediaTypeOf(contentType) === '*/*' ? 'application/json' : contentType,
      }
    case 'form':
      return { body: formText(plan, fieldsOf(value)), contentType }
    case 'multipart':
      return { body: multipart(plan, fieldsOf(value)) }
    case 'binary':
      return {
        body: bytesOf(value, '/body'),
        contentType: contentType.includes('*') ? 'application/octet-stream' : contentType,
      }
    case 'text':
    case 'events':
      return { body: scalarText(value), contentType }
    default:
      return plan.kind satisfies never
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isPlainObject(value)) return value
  throw inputError('/body', 'must be an object: it is sent as a form')
}

/** Where the document says a style, by it; otherwise objects as JSON and arrays as repeated fields. */
function formText(plan: PlannedBody, fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => {
      const how = plan.encoding[name]
      const style = typeof how?.['style'] === 'string' ? how['style'] : undefined
      if (style === undefined && isPlainObject(value))
        return queryPairs(name, JSON.stringify(value), {
          style: 'form',
          explode: true,
          allowReserved: false,
        })
      return queryPairs(name, value, {
        style: style ?? 'form',
        explode: typeof how?.['explode'] === 'boolean' ? how['explode'] : true,
        allowReserved: how?.['allowReserved'] === true,
      })
    })
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function multipart(plan: PlannedBody, fields: Readonly<Record<string, unknown>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    const said = plan.encoding[name]?.['contentType']
    const type = typeof said === 'string' ? (said.split(',')[0] ?? '').trim() : undefined
    for (const part of Array.isArray(value) ? value : [value]) {
      if (plan.files.has(name)) appendFile(form, name, part, type)
      else if (typeof part === 'object' && part !== null)
        form.append(name, new Blob([JSON.stringify(part)], { type: type ?? 'application/json' }))
      else if (type !== undefined) form.append(name, new Blob([scalarText(part)], { type }))
      else form.append(name, scalarText(part))
    }
  }
  return form
}

function appendFile(form: FormData, name: string, part: unknown, type: string | undefined): void {
  const file = isPlainObject(part) ? part : { data: part }
  const said = typeof file['contentType'] === 'string' ? file['contentType'] : type
  form.append(
    name,
    new Blob([bytesOf(file['data'], `/body/${name}`)], {
      type: said === undefined || said.includes('*') ? 'application/octet-stream' : said,
    }),
    typeof file['filename'] === 'string' ? file['filename'] : name,
  )
}

function bytesOf(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value))
    throw inputError(path, 'must be base64')
  return new Uint8Array(Buffer.from(value, 'base64'))
}

/** An input that can't be sent. */
export function inputError(path: string, message: string): CallError {
  return new CallError('VALIDATION_ERROR', `The input does not fit: ${path} ${message}`, {
    errors: [{ path, message }],
  })
}
