import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { FastifyRequest } from 'fastify'
import { hasMoreNodes, JsonDepthError, parseJson } from '@alkdev/std'
import { membersOf } from './json-members.ts'
import type { JsonObject } from './json-members.ts'

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const
const MAX_CODINGS = 3
const MAX_MODEL_CHARACTERS = 512
/** Objects and lists of a body. Its limit of bytes bounds what they take as text, and not what they take when they are parsed. */
const MAX_NODES = 500_000

/** The body of a model request: the bytes as they came, without their content-encoding, and what they say. */
export interface ModelBody {
  readonly bytes: Buffer
  readonly object: JsonObject
  readonly value: Readonly<Record<string, unknown>>
}

/** The codings of a `content-encoding`, outermost first. Throws VALIDATION_ERROR (415) for one that is not known. */
function codingsOf(header: string | undefined): (keyof typeof DECODERS)[] {
  const names = (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  const known = names.filter((name): name is keyof typeof DECODERS => Object.hasOwn(DECODERS, name))
  if (known.length === names.length && names.length <= MAX_CODINGS) return known.toReversed()
  const message = `The content-encoding ${names.join(', ')} is not supported; gzip, deflate, br and zstd are.`
  throw Object.assign(new CodedError('VALIDATION_ERROR', message), { httpStatus: 415 })
}

/** Decodes a body. Throws PAYLOAD_TOO_LARGE when it has more than `maxBytes`, VALIDATION_ERROR when it is damaged. */
export async function decodeBody(
  bytes: Buffer,
  header: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  let decoded = bytes
  for (const coding of codingsOf(header))
    try {
      // oxlint-disable-next-line no-await-in-loop -- one coding lies inside the other
      decoded = await DECODERS[coding](decoded, { maxOutputLength: maxBytes })
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
        throw new CodedError('PAYLOAD_TOO_LARGE', `The decoded body has over ${maxBytes} bytes.`)
      const message = `The body is not valid ${coding}, which its content-encoding says.`
      throw new CodedError('VALIDATION_ERROR', message, { cause })
    }
  return decoded
}

/** Reads the JSON object of a body. Throws VALIDATION_ERROR. */
export function readModelBody(bytes: Buffer): ModelBody {
  const text = bytes.toString().replace(/^\uFEFF/, '')
  if (hasMoreNodes(text, MAX_NODES))
    throw new CodedError(
      'VALIDATION_ERROR',
      `The body has more than ${MAX_NODES} objects and lists.`,
    )
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    const message =
      cause instanceof JsonDepthError
        ? `The body is nested deeper than ${cause.maxDepth} levels.`
        : text === ''
          ? 'The body is empty; JSON was expected.'
          : 'The body is not JSON.'
    throw new CodedError('VALIDATION_ERROR', message, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CodedError('VALIDATION_ERROR', 'The body must be a JSON object.')
  const object = membersOf(bytes)
  if (object === undefined)
    throw new CodedError('VALIDATION_ERROR', 'The body has too many members.')
  return { bytes, object, value: value as Record<string, unknown> }
}

/** Throws VALIDATION_ERROR for a name of a model that is too long: it is stored with each call, and names counters. */
export function checkModelName(model: string): void {
  if (model.length > MAX_MODEL_CHARACTERS)
    throw new CodedError(
      'VALIDATION_ERROR',
      `model must name a model, in at most ${MAX_MODEL_CHARACTERS} characters.`,
      { details: { param: 'model' } },
    )
}

/** The body that was read. Throws VALIDATION_ERROR for a request without one, or of another type. */
export function modelBodyOf(body: unknown): ModelBody {
  if (typeof body === 'object' && body !== null && 'object' in body) return body as ModelBody
  throw new CodedError('VALIDATION_ERROR', 'The body must be a JSON object (application/json).')
}

/** Reads the bodies of model requests as `ModelBody`, compressed ones too. What a compressed body becomes counts as held. */
export function addModelBodies(app: HttpApp): void {
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      const coding = request.headers['content-encoding']
      if (coding === undefined) return readModelBody(body)
      const maxBytes = request.routeOptions.bodyLimit ?? Infinity
      const decoded = await decodeBody(body, coding, maxBytes)
      return readModelBody(decoded)
    },
  )
}
