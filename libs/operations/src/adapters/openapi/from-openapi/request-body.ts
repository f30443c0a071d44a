import { pointerAppend } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { resolveNode } from './document.ts'
import { isOfRange } from './byte-type.ts'
import { isJsonPatch, isYaml, kindOf, mediaTypeOf, preferred } from './media-type.ts'
import type { MediaKind } from './media-type.ts'
import { BYTES, multipartSchema, NO_FILES } from './multipart-schema.ts'
import type { FileFields } from './multipart-schema.ts'
import { schemasInPlace, typesOf } from './schema-walk.ts'
import type { Node, OpenAPISpec } from './types.ts'

/** A body in one of the media types that an operation takes. */
export interface BodyForm {
  readonly contentType: string
  readonly kind: MediaKind
  /** As in the document, except of parts that are bytes. */
  readonly schema: unknown
  readonly at: string
  readonly encoding: Readonly<Record<string, Node>>
  /** Multipart: the fields that are files. */
  readonly files: FileFields
}

export interface PlannedBody {
  readonly required: boolean
  /** The preferred one first; at least one. */
  readonly forms: readonly [BodyForm, ...BodyForm[]]
}

/** The request body in every media type that the document offers, those left out that say the same less exactly. */
export function planBody(spec: OpenAPISpec, node: unknown, at: string): PlannedBody | undefined {
  if (node === undefined || node === null) return undefined
  const body = resolveNode(spec, node, at)
  const content = isPlainObject(body['content']) ? body['content'] : {}
  const [first, ...others] = distinctTypes(preferred(Object.keys(content))).map((contentType) => {
    const place = pointerAppend(`${at}/content`, contentType)
    return planForm(spec, contentType, resolveNode(spec, content[contentType] ?? {}, place), place)
  })
  if (first === undefined) return undefined
  return { required: body['required'] === true, forms: [first, ...others] }
}

/** Without wildcards and without other names of JSON, where there is an exact one; without formats that no JSON value can be written in. */
function distinctTypes(types: readonly string[]): readonly string[] {
  const exact = types.filter((type) => {
    const media = mediaTypeOf(type)
    if (media.includes('*')) return !types.some((one) => isCovered(media, mediaTypeOf(one)))
    if (/[/+]cbor$/.test(media)) return false
    return media !== 'text/json' || !types.some((one) => mediaTypeOf(one) === 'application/json')
  })
  return exact.length > 0 ? exact : types.slice(0, 1)
}

/** Whether an exact type says more than a range: one of the same family, or any for the range of all types. */
function isCovered(range: string, type: string): boolean {
  if (type.includes('*')) return false
  return ['*/*', '*', 'application/*'].includes(range) || isOfRange(type, range)
}

function planForm(spec: OpenAPISpec, contentType: string, media: Node, at: string): BodyForm {
  const kind = kindOf(contentType)
  const encoding: Record<string, Node> = {}
  if (isPlainObject(media['encoding']))
    for (const [field, how] of Object.entries(media['encoding']))
      if (isPlainObject(how)) encoding[field] = how
  const common = { contentType, encoding, files: NO_FILES, at: `${at}/schema` }
  const { schema } = media
  switch (kind) {
    case 'binary':
      return { ...common, kind, schema: BYTES }
    case 'text':
    case 'events':
      return { ...common, kind: 'text', schema: textSchema(spec, schema, contentType) }
    case 'multipart':
      return { ...common, kind, ...multipartSchema(spec, schema, encoding) }
    case 'json':
      return {
        ...common,
        kind,
        schema: isJsonPatch(contentType) ? patchSchema(spec, schema) : schema,
      }
    default:
      return { ...common, kind, schema }
  }
}

/** Text has no parts that a schema for objects (of XML, say) could describe. YAML has: JSON is YAML, too. */
function textSchema(spec: OpenAPISpec, schema: unknown, contentType: string): unknown {
  const isText = schemasInPlace(spec, [schema]).some((one) => typesOf(one).includes('string'))
  if (isText) return schema
  return isYaml(contentType) && isPlainObject(schema)
    ? { anyOf: [{ type: 'string' }, schema] }
    : { type: 'string' }
}

/** A JSON patch is a list of changes (RFC 6902), also where the document says that it is an object. */
function patchSchema(spec: OpenAPISpec, schema: unknown): unknown {
  const lists = schemasInPlace(spec, [schema]).some((one) => typesOf(one).includes('array'))
  if (lists) return schema
  return { type: 'array', items: { type: 'object', required: ['op', 'path'] } }
}

/**
 * The form for a value: the one of the media type that the caller chose, else the first that can hold it. A type of a range such as `image/*` is the type of the form.
 */
export function formFor(
  spec: OpenAPISpec,
  { forms }: PlannedBody,
  value: unknown,
  chosen: unknown,
): BodyForm {
  const byName = forms.find(({ contentType }) => contentType === chosen)
  if (byName !== undefined) return byName
  if (typeof chosen === 'string') {
    const ofRange = forms.find((form) => isRange(form) && isOfRange(chosen, form.contentType))
    if (ofRange !== undefined) return { ...ofRange, contentType: chosen }
  }
  return forms.find((form) => canHold(spec, form, value)) ?? forms[0]
}

/** Whether a form leaves its media type to the sender. JSON under any type is sent as `application/json`. */
export function isRange({ kind, contentType }: BodyForm): boolean {
  return mediaTypeOf(contentType).includes('*') && (kind === 'binary' || kind === 'text')
}

function canHold(spec: OpenAPISpec, form: BodyForm, value: unknown): boolean {
  switch (form.kind) {
    case 'multipart':
    case 'form':
      return isPlainObject(value)
    case 'text':
      return typeof value === 'string' || isYaml(form.contentType)
    case 'binary':
      return typeof value === 'string'
    case 'json': {
      const types = schemasInPlace(spec, [form.schema]).flatMap(typesOf)
      if (isJsonPatch(form.contentType)) return Array.isArray(value)
      if (types.length === 0) return true
      const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
      return types.includes(type) || !['array', 'string', 'object'].includes(type)
    }
    case 'events':
      return false
    default:
      return form.kind satisfies never
  }
}
