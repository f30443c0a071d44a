import { pathToFileURL } from 'node:url'
import { httpFetch } from '@alkdev/std/fetch'
import { runInSlices } from '@alkdev/std/yield-to-event-loop'
import { CallError } from '../../../calls/call-error.ts'
import { DEFAULT_TIMEOUT_MS } from '../../../calls/call-limits.ts'
import { readBytes } from './answer.ts'
import { MAX_DOCUMENT_CHARS, readDocument } from './document.ts'
import { operationSteps } from './from-openapi.ts'
import { transportError } from './http-error.ts'
import type { HTTPServiceConfig, OpenAPIDefinition } from './types.ts'

/** The file system functions of `FromOpenAPIFile`. */
export interface OpenAPIFS {
  readFile(path: string): Promise<string>
}

/**
 * The operations of a JSON or YAML file; read with `node:fs` unless `fs` is given. Throws CallError: EXECUTION_ERROR when it can't be read,
 * else as `FromOpenAPI`.
 */
export async function FromOpenAPIFile(
  path: string,
  config: HTTPServiceConfig,
  fs?: OpenAPIFS,
): Promise<OpenAPIDefinition[]> {
  let text: string
  try {
    text = await (fs === undefined ? readText(path) : fs.readFile(path))
  } catch (error) {
    // The message of the system contains the path, which the caller must not see.
    throw new CallError('EXECUTION_ERROR', 'The OpenAPI file cannot be read.', undefined, {
      cause: error,
    })
  }
  return operationsOf(text, config, undefined)
}

async function readText(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return readFile(path.startsWith('file:') ? new URL(path) : pathToFileURL(path), 'utf8')
}

/**
 * The operations of a document at an address, fetched with `config.fetch` within `config.timeout`. Neither `config.headers` nor credentials
 * are sent: they are for the service. Throws CallError as a call of an operation does, else as `FromOpenAPI`.
 */
export async function FromOpenAPIUrl(
  url: string,
  config: HTTPServiceConfig,
): Promise<OpenAPIDefinition[]> {
  const label = 'the OpenAPI document'
  const signal = AbortSignal.timeout(config.timeout ?? DEFAULT_TIMEOUT_MS)
  let text: string
  let from = url
  try {
    const response = await (config.fetch ?? httpFetch)(url, {
      headers: { accept: 'application/json, application/yaml;q=0.9, */*;q=0.5' },
      signal,
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new CallError('EXECUTION_ERROR', `HTTP ${response.status}: the answer to ${label}.`, {
        status: response.status,
      })
    }
    if (response.url !== '') from = response.url
    text = (await readBytes(response, MAX_DOCUMENT_CHARS)).toString('utf8')
  } catch (error) {
    throw transportError(label, error, signal)
  }
  return operationsOf(text, config, from)
}

async function operationsOf(
  text: string,
  config: HTTPServiceConfig,
  documentUrl: string | undefined,
): Promise<OpenAPIDefinition[]> {
  return runInSlices(operationSteps(await readDocument(text), config, documentUrl))
}
