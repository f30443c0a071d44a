import type { EncodedBody, PlannedBody, RequestBody } from './request-body.ts'
import { encodeBody, inputError } from './request-body.ts'
import { headerText, pathText, queryPairs, scalarText } from './parameter-style.ts'
import type { PlannedParameter } from './parameters.ts'
import type { Authorization } from './security.ts'
import type { HTTPServiceConfig } from './types.ts'

/** Everything about an operation's requests that does not depend on the input. */
export interface RequestPlan {
  readonly method: string
  /** The document's path, with its `{name}` places. */
  readonly path: string
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly parameters: readonly PlannedParameter[]
  readonly body: PlannedBody | undefined
  readonly bodyInput: string
  readonly accept: string
}

export interface PreparedRequest {
  readonly url: string
  readonly method: string
  /** What belongs to the request itself. */
  readonly headers: Headers
  /** What identifies us; left out when a redirect leads to another origin. */
  readonly credentials: Headers
  readonly body: RequestBody | undefined
  readonly secrets: readonly string[]
}

/** Builds the request of one call. Throws CallError VALIDATION_ERROR for an input that can't be written where it belongs. */
export function prepareRequest(
  plan: RequestPlan,
  input: Readonly<Record<string, unknown>>,
  config: HTTPServiceConfig,
  authorization: Authorization,
): PreparedRequest {
  const valueOf = (parameter: PlannedParameter): unknown =>
    Object.hasOwn(input, parameter.input) ? input[parameter.input] : undefined
  const headers = new Headers({ accept: plan.accept })
  const query: string[] = []
  const cookies: string[] = []
  let path = plan.path
  for (const parameter of plan.parameters) {
    const value = valueOf(parameter)
    if (parameter.in === 'path') {
      path = path.replaceAll(`{${parameter.name}}`, () => pathValue(parameter, value))
      continue
    }
    if (value === undefined || value === null) continue
    if (parameter.in === 'header') {
      setHeader(
        headers,
        parameter,
        parameter.json ? JSON.stringify(value) : headerText(value, parameter),
      )
      continue
    }
    const written = parameter.json ? JSON.stringify(value) : value
    const pairs = queryPairs(parameter.name, written, parameter).map((pair) => pair.join('='))
    if (parameter.in === 'query') query.push(...pairs)
    else cookies.push(...pairs)
  }
  const segments = path.split('/')
  if (segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)))
    throw inputError('', 'puts a . or .. into the path, which would lead to another one')
  for (const [name, value] of authorization.query)
    query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const encoded = bodyOf(plan, input)
  if (encoded?.contentType !== undefined) headers.set('content-type', encoded.contentType)
  return {
    url: withQuery(plan.baseUrl + path, query),
    method: plan.method,
    headers,
    credentials: credentialHeaders(config, authorization, cookies),
    body: encoded?.body,
    secrets: authorization.secrets,
  }
}

/** A path may hold a `?` of its own in documents that tell operations apart by it. */
function withQuery(url: string, query: readonly string[]): string {
  if (query.length === 0) return url
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}`
}

function pathValue(parameter: PlannedParameter, value: unknown): string {
  if (value === undefined || value === null)
    throw inputError(`/${parameter.input}`, 'is required: it is part of the path')
  const text = parameter.json
    ? encodeURIComponent(JSON.stringify(value))
    : pathText(parameter.name, value, parameter)
  if (text === '')
    throw inputError(`/${parameter.input}`, 'must not be empty: it is part of the path')
  return text
}

function setHeader(headers: Headers, parameter: PlannedParameter, value: string): void {
  try {
    headers.set(parameter.name, value)
  } catch {
    throw inputError(`/${parameter.input}`, 'has characters that a header cannot have')
  }
}

/** Falsy bodies (0, false, '', null where the schema takes it) are bodies; only an absent one is none. */
function bodyOf(
  plan: RequestPlan,
  input: Readonly<Record<string, unknown>>,
): EncodedBody | undefined {
  if (plan.body === undefined || !Object.hasOwn(input, plan.bodyInput)) return undefined
  const value = input[plan.bodyInput]
  return value === undefined ? undefined : encodeBody(plan.body, value)
}

function credentialHeaders(
  config: HTTPServiceConfig,
  authorization: Authorization,
  cookies: readonly string[],
): Headers {
  const headers = new Headers(config.headers)
  for (const [name, value] of authorization.headers) headers.set(name, value)
  const all = [
    ...cookies,
    ...authorization.cookies.map(
      ([name, value]) => `${name}=${encodeURIComponent(scalarText(value))}`,
    ),
  ]
  if (all.length > 0) {
    const given = headers.get('cookie')
    headers.set('cookie', [...(given === null ? [] : [given]), ...all].join('; '))
  }
  return headers
}
