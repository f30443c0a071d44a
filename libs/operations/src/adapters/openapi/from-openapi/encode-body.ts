import { compact } from '@alkdev/std'
import { CallError } from '../../../calls/call-error.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { stringifyIntegers } from './long-integers.ts'
import { typeForBytes } from './byte-type.ts'
import { mediaTypeOf } from './media-type.ts'
import { queryPairs, scalarText } from './parameter-style.ts'
import type { FileFields } from './multipart-schema.ts'
import type { BodyForm } from './request-body.ts'
import type { OpenAPISpec } from './types.ts'

/** A body for `fetch`. */
export type RequestBody = NonNullable<RequestInit['body']>

export interface EncodedBody {
  readonly body: RequestBody
  /** Absent where the encoding of the form decides it (multipart's boundary), and for bytes of a type that is not known. */
  readonly contentType?: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The body's value as what `fetch` sends. Throws CallError VALIDATION_ERROR for base64 that is not valid, or a form that is not an object.
 */
export function encodeBody(spec: OpenAPISpec, form: BodyForm, value: unknown): EncodedBody {
  const { contentType } = form
  switch (form.kind) {
    case 'json':
      return {
        body: stringifyIntegers(spec, form.schema, value),
        contentType: mediaTypeOf(contentType).includes('*') ? 'application/json' : contentType,
      }
    case 'form':
      return { body: formText(form, fieldsOf(value)), contentType }
    case 'multipart':
      return { body: multipart(spec, form, fieldsOf(value)) }
    case 'binary': {
      const body = bytesOf(value, '/body')
      const type = typeForBytes(contentType, body)
      return { body, ...compact({ contentType: type }) }
    }
    case 'text':
    case 'events':
      return { body: scalarText(value), contentType: textType(contentType) }
    default:
      return form.kind satisfies never
  }
}

/** A text type for a range of them. */
function textType(contentType: string): string {
  const type = mediaTypeOf(contentType)
  if (!type.includes('*')) return contentType
  return type.endsWith('+xml') ? 'application/xml' : 'text/plain'
}

function fieldsOf(value: unknown): Fields {
  if (isPlainObject(value)) return value
  throw inputError('/body', 'must be an object: it is sent as a form')
}

/** In the style of the document, if it declares one; otherwise objects as JSON and arrays as repeated fields. */
function formText(form: BodyForm, fields: Fields): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => {
      const how = form.encoding[name]
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

function multipart(
  spec: OpenAPISpec,
  { encoding, files, schema }: BodyForm,
  fields: Fields,
): FormData {
  const form = new FormData()
  const documented =
    isPlainObject(schema) && isPlainObject(schema['properties']) ? schema['properties'] : {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    const said = encoding[name]?.['contentType']
    const types = typeof said === 'string' ? said : undefined
    const type = types === undefined ? undefined : firstExact(types)
    for (const [index, part] of (Array.isArray(value) ? value : [value]).entries()) {
      const isText = files.texts.has(name) && typeof part === 'string' && !BASE64.test(part)
      const isFile = isFilePart(files, documented, name, Array.isArray(value) ? index : undefined)
      if (isFile && !isText && appendFile(form, name, part, types)) continue
      if (typeof part === 'object' && part !== null) {
        const json = stringifyIntegers(spec, documented[name], part)
        form.append(name, new Blob([json], { type: type ?? 'application/json' }))
      } else if (type !== undefined) form.append(name, new Blob([scalarText(part)], { type }))
      else form.append(name, scalarText(part))
    }
  }
  return form
}

/** Whether the value of a field, or the item of a list at `index`, is a file. */
function isFilePart(
  files: FileFields,
  documented: Fields,
  name: string,
  index: number | undefined,
): boolean {
  const positions = files.positions.get(name)
  if (index !== undefined && positions !== undefined)
    return positions.first[index] ?? positions.others
  if (files.names.has(name)) return true
  const matching = files.patterns.filter(({ pattern }) => pattern.test(name))
  if (matching.length > 0) return matching.some(({ isFile }) => isFile)
  return files.others && !Object.hasOwn(documented, name)
}

function firstExact(types: string): string | undefined {
  const exact = types.split(',').find((type) => type.trim() !== '' && !type.includes('*'))
  return exact?.trim()
}

/** False for a value that is neither base64 nor an object with it, as a field that may also be something else has. */
function appendFile(
  form: FormData,
  name: string,
  part: unknown,
  types: string | undefined,
): boolean {
  const file = isPlainObject(part) ? part : { data: part }
  if (typeof file['data'] !== 'string') return false
  const bytes = bytesOf(file['data'], `/body/${name}`)
  const said = typeof file['contentType'] === 'string' ? file['contentType'] : types
  const type = said === undefined ? undefined : typeForBytes(said, bytes)
  form.append(
    name,
    new Blob([bytes], { type: type ?? 'application/octet-stream' }),
    typeof file['filename'] === 'string' ? file['filename'] : name,
  )
  return true
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/

function bytesOf(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  if (typeof value !== 'string' || !BASE64.test(value)) throw inputError(path, 'must be base64')
  return new Uint8Array(Buffer.from(value, 'base64'))
}

/** An input that cannot be sent. */
export function inputError(path: string, message: string): CallError {
  return new CallError('VALIDATION_ERROR', `The input does not fit: ${path} ${message}`, {
    errors: [{ path, message }],
  })
}
