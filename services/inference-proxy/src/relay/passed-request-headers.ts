import { HOPS_HEADER, hopDepth } from '@alkdev/contracts'
import type { IncomingHttpHeaders } from 'node:http'
import type { Provider } from '../providers/provider.ts'
import { UpstreamError } from './upstream-error.ts'

/** Headers of a client that decide what a provider answers. */
const DECIDING = ['openai-beta', 'anthropic-beta', 'anthropic-version'] as const

/** Headers of a client that mean the same to every provider. */
const PASSED = [
  ...DECIDING,
  'traceparent',
  'tracestate',
  'idempotency-key',
  'x-client-request-id',
] as const

/** A longer chain of hubs is a loop. */
const MAX_HOPS = 16
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/

/**
 * The headers of a client's request that go to the provider: those of the list, and those that the config of the provider names. Never a key
 * and never a cookie. `deploymentId` names this hub in the header that ends loops between hubs. Throws ACCESS_DENIED for a request that
 * passed through too many hubs.
 */
export function passedRequestHeaders(
  headers: IncomingHttpHeaders,
  { config }: Provider,
  deploymentId: string,
): Record<string, string> {
  const passed: Record<string, string> = {}
  pick(headers, PASSED, passed)
  if (config.forwardHeaders !== undefined) pick(headers, config.forwardHeaders, passed)
  const depth = (hopDepth(headers[HOPS_HEADER]) ?? 0) + 1
  if (depth >= MAX_HOPS)
    throw new UpstreamError(
      'ACCESS_DENIED',
      `The request has passed through ${MAX_HOPS} hubs. A provider of one of them is another hub that sends it back.`,
      { status: 403, next: 'none', isLocal: true },
    )
  passed[HOPS_HEADER] = `${deploymentId}:${depth}`
  return passed
}

/** Those of the passed headers that can change the answer: not the ids of traces and requests. */
export function answerHeaders(
  headers: IncomingHttpHeaders,
  { config }: Pick<Provider, 'config'>,
): Record<string, string> {
  const picked: Record<string, string> = {}
  pick(headers, DECIDING, picked)
  if (config.forwardHeaders !== undefined) pick(headers, config.forwardHeaders, picked)
  return picked
}

function pick(
  headers: IncomingHttpHeaders,
  names: readonly string[],
  picked: Record<string, string>,
): void {
  for (const name of names) {
    const value = headers[name.toLowerCase()]
    if (typeof value === 'string' && HEADER_VALUE.test(value)) picked[name.toLowerCase()] = value
  }
}
