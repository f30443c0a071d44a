import { encodeBody, inputError } from './encode-body.ts'
import type { EncodedBody, RequestBody } from './encode-body.ts'
import { formFor } from './request-body.ts'
import type { PlannedBody } from './request-body.ts'
import { cookieText, greedyPathText, headerText, pathText, queryPairs } from './parameter-style.ts'
import type { PlannedParameter } from './parameters.ts'
import { declaredName, isOutsidePath, variablesOf } from './path-template.ts'
import type { PathPart } from './path-template.ts'
import { requestUrl } from './request-url.ts'
import type { Authorization } from './security.ts'
import type { ServerAddress } from './server-url.ts'
import type { HTTPServiceConfig, OpenAPISpec } from './types.ts'

/** Everything about an operation's requests that does not depend on the input. */
export interface RequestPlan {
  readonly method: string
  readonly path: readonly PathPart[]
  readonly server: ServerAddress
  readonly parameters: readonly PlannedParameter[]
  readonly body: PlannedBody | undefined
  readonly bodyInput: string
  /** The input that chooses a media type for the body, where there are several. */
  readonly contentTypeInput: string | undefined
  readonly spec: OpenAPISpec
  readonly accept: string
}

export interface PreparedRequest {
  readonly url: URL
  readonly method: string
  /** The headers of the request itself. */
  readonly headers: Headers
  /** The headers that identify the caller; omitted after a redirect to another origin. */
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
  for (const parameter of plan.parameters) {
    const value = valueOf(parameter)
    if (parameter.in === 'path') continue
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
  for (const [name, value] of authorization.query)
    query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const encoded = bodyOf(plan, input)
  if (encoded?.contentType !== undefined) headers.set('content-type', encoded.contentType)
  else if (encoded !== undefined && !(encoded.body instanceof FormData))
    requireConfiguredType(plan, config)
  return {
    url: requestUrl(plan.server, pathOf(plan, valueOf), query),
    method: plan.method,
    headers,
    credentials: credentialHeaders(config, authorization, cookies),
    body: encoded?.body,
    secrets: authorization.secrets,
  }
}

/**
 * Throws CallError VALIDATION_ERROR for a body whose media type neither the bytes nor the configuration say: it is sure to be the wrong
 * one.
 */
function requireConfiguredType(plan: RequestPlan, config: HTTPServiceConfig): void {
  if (new Headers(config.headers).has('content-type')) return
  const { contentType } = (plan.body as PlannedBody).forms[0]
  throw inputError(
    `/${plan.contentTypeInput ?? 'contentType'}`,
    `must name the type of the body, one of ${contentType}: the bytes do not show it`,
  )
}

function pathOf(plan: RequestPlan, valueOf: (parameter: PlannedParameter) => unknown): string {
  const parameters = plan.parameters.filter((one) => one.in === 'path')
  const names = parameters.map(({ name }) => name)
  return plan.path
    .map((part) => {
      if (typeof part === 'string') return part
      if (isOutsidePath(part)) return ''
      const values = variablesOf(part, names).flatMap((variable) => {
        const name = declaredName(variable, names)
        const parameter = parameters.find((one) => one.name === name)
        if (parameter === undefined) return []
        return [expanded(part.operator, parameter, valueOf(parameter), variable.greedy)]
      })
      return values.join(part.operator === '' ? ',' : '')
    })
    .join('')
}

/** A value with what the operator of its expression puts before it, unless the style of the parameter has done so. */
function expanded(
  operator: string,
  parameter: PlannedParameter,
  value: unknown,
  greedy: boolean,
): string {
  const text = pathValue(parameter, value, greedy)
  if (operator === '' || text.startsWith(operator)) return text
  return operator === ';' ? `;${encodeURIComponent(parameter.name)}=${text}` : operator + text
}

function pathValue(parameter: PlannedParameter, value: unknown, greedy: boolean): string {
  if (value === undefined || value === null)
    throw inputError(`/${parameter.input}`, 'is required: it is part of the path')
  const text = parameter.json
    ? encodeURIComponent(JSON.stringify(value))
    : greedy && typeof value !== 'object'
      ? greedyPathText(value)
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
  if (value === undefined) return undefined
  const { spec, body, contentTypeInput } = plan
  const chosen = contentTypeInput === undefined ? undefined : input[contentTypeInput]
  return encodeBody(spec, formFor(spec, body, value, chosen), value)
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
    ...authorization.cookies.map(([name, value]) => `${name}=${cookieText(value)}`),
  ]
  if (all.length > 0) {
    const given = headers.get('cookie')
    headers.set('cookie', [...(given === null ? [] : [given]), ...all].join('; '))
  }
  return headers
}
