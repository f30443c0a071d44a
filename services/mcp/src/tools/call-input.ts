import { CallError } from '@alkdev/operations'
import { JsonDepthError, parseJson } from '@alkdev/std'
import { tooDeepError } from '../routes/request-body.ts'

/** Maximum parts of a schema that are examined; the rest counts as accepting anything. */
const MAX_PARTS = 256

/**
 * The input of a call. Some clients send the JSON text of an object instead of the object: a string that holds an object or an array is
 * replaced by it when the operation accepts no strings. Throws VALIDATION_ERROR for other strings where an object is required.
 */
export function inputValue(operationId: string, inputSchema: unknown, input: unknown): unknown {
  const takes = (type: string): boolean => takesType(inputSchema, type, inputSchema, new Set())
  if (typeof input !== 'string' || takes('string')) return input
  const parsed = parsedText(input)
  if (Array.isArray(parsed) ? takes('array') : typeof parsed === 'object' && takes('object'))
    return parsed
  if (!takes('object')) return input
  const message = 'must be an object, not text: give the object itself'
  throw new CallError('VALIDATION_ERROR', `The input of ${operationId} ${message}.`, {
    errors: [{ path: '', message }],
  })
}

/** Undefined for a text that is not valid JSON. */
function parsedText(text: string): unknown {
  try {
    return parseJson(text) ?? undefined
  } catch (error) {
    if (error instanceof JsonDepthError) throw tooDeepError('input')
    return undefined
  }
}

/**
 * True when the schema accepts values of this type. A schema without a type accepts all, one with properties accepts objects. Each part is
 * resolved once, so that cyclic references end.
 */
function takesType(schema: unknown, type: string, root: unknown, seen: Set<unknown>): boolean {
  if (typeof schema !== 'object' || schema === null) return true
  if (seen.has(schema) || seen.size >= MAX_PARTS) return true
  seen.add(schema)
  const { type: own, $ref, anyOf, oneOf, allOf, properties } = schema as Record<string, unknown>
  const inner = (one: unknown): boolean => takesType(one, type, root, seen)
  if (own !== undefined) return [own].flat().includes(type)
  if (typeof $ref === 'string') return inner(referenced(root, $ref))
  if (properties !== undefined && type !== 'object') return false
  for (const some of [anyOf, oneOf]) if (Array.isArray(some) && !some.some(inner)) return false
  return !Array.isArray(allOf) || allOf.every(inner)
}

/** The part of the document at `#/a/b`; undefined for other references. */
function referenced(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#/')) return reference === '#' ? root : undefined
  let part = root
  for (const step of reference.slice(2).split('/')) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, step)) return undefined
    part = (part as Record<string, unknown>)[step]
  }
  return part
}
