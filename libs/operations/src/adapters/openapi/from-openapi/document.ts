import { JsonDepthError, runAtOnce } from '@alkdev/std'
import { runInSlices } from '@alkdev/std/yield-to-event-loop'
import { CallError } from '../../../calls/call-error.ts'
import { pointerGet } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { parseJsonSteps } from './json-steps.ts'
import type { Node, OpenAPISpec } from './types.ts'
import { parseYaml, YamlFault, yamlToJson } from './yaml.ts'

/** Characters of a document's text. */
export const MAX_DOCUMENT_CHARS = 64 * 1024 * 1024

/** A document that can't be used: `path` is a JSON Pointer into it. */
export function documentError(path: string, message: string, cause?: unknown): CallError {
  return new CallError(
    'VALIDATION_ERROR',
    `The OpenAPI document is not usable: ${path === '' ? '' : `${path}: `}${message}`,
    { errors: [{ path, message }] },
    cause === undefined ? {} : { cause },
  )
}

/** Reads JSON or YAML (at most 64 Mi characters). Throws CallError VALIDATION_ERROR. */
export function parseDocument(text: string): OpenAPISpec {
  const plain = plainText(text)
  try {
    const value = isJson(plain) ? runAtOnce(parseJsonSteps(plain)) : parseYaml(plain)
    return checkDocument(value)
  } catch (error) {
    throw unreadable(error)
  }
}

/**
 * As `parseDocument`, without blocking the event loop: JSON is read in slices, YAML in a thread. Rejects with CallError VALIDATION_ERROR.
 */
export async function readDocument(text: string): Promise<OpenAPISpec> {
  const plain = plainText(text)
  try {
    const json = isJson(plain) ? plain : await yamlToJson(plain)
    return checkDocument(await runInSlices(parseJsonSteps(json)))
  } catch (error) {
    throw unreadable(error)
  }
}

function plainText(text: string): string {
  if (text.length > MAX_DOCUMENT_CHARS)
    throw documentError('', `it has more than ${MAX_DOCUMENT_CHARS} characters`)
  return text.replace(/^\uFEFF/, '')
}

function isJson(text: string): boolean {
  return /^\s*[{[]/.test(text)
}

function unreadable(error: unknown): CallError {
  if (error instanceof CallError) return error
  if (error instanceof JsonDepthError) return documentError('', error.message)
  if (error instanceof YamlFault)
    return documentError('', `it is neither JSON nor YAML: ${error.message.slice(0, 300)}`, error)
  return documentError('', 'it is neither JSON nor YAML', error)
}

/** The value as a description. Throws CallError VALIDATION_ERROR unless it declares OpenAPI 3.0 or 3.1. */
export function checkDocument(value: unknown): OpenAPISpec {
  if (!isPlainObject(value)) throw documentError('', 'it is not an object')
  const version = value['openapi']
  if (typeof version !== 'string' || !/^3\.[012](?:\.|$)/.test(version))
    throw documentError(
      '/openapi',
      'swagger' in value
        ? 'Swagger 2.0 is not taken: convert it to OpenAPI 3'
        : 'must be 3.0, 3.1 or 3.2',
    )
  const paths = value['paths']
  if (paths !== undefined && !isPlainObject(paths))
    throw documentError('/paths', 'must be an object')
  return value as unknown as OpenAPISpec
}

/**
 * The JSON Pointer of a reference (`#/components/...`, percent-decoded). Throws CallError VALIDATION_ERROR for one that leads out of the
 * document.
 */
export function referencePointer(reference: string, at: string): string {
  if (!reference.startsWith('#'))
    throw documentError(
      at,
      `${JSON.stringify(reference.slice(0, 200))} leads to another document: bundle them into one`,
    )
  try {
    return decodeURIComponent(reference.slice(1))
  } catch (error) {
    throw documentError(at, `${JSON.stringify(reference.slice(0, 200))} is not a reference`, error)
  }
}

/** The target of a reference. Throws CallError VALIDATION_ERROR when it has none. */
export function referenced(spec: OpenAPISpec, reference: string, at: string): unknown {
  const found = pointerGet(spec, referencePointer(reference, at))
  if (found === undefined)
    throw documentError(at, `${JSON.stringify(reference.slice(0, 200))} leads to nothing`)
  return found
}

/**
 * The object itself, or the one that it refers to through any number of `$ref`s; members beside a `$ref` win (OpenAPI 3.1 allows summary
 * and description there). Throws CallError VALIDATION_ERROR for references that lead nowhere, out of the document or in a cycle, and for
 * what is not an object.
 */
export function resolveNode(spec: OpenAPISpec, node: unknown, at: string): Node {
  const seen = new Set<unknown>()
  let found = node
  let beside: Node = {}
  for (;;) {
    if (!isPlainObject(found)) throw documentError(at, 'must be an object')
    const { $ref: reference, ...others } = found
    if (typeof reference !== 'string') return { ...found, ...beside }
    if (seen.has(found)) throw documentError(at, 'refers back to itself')
    seen.add(found)
    beside = { ...others, ...beside }
    found = referenced(spec, reference, at)
  }
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}
