import { createHash } from 'node:crypto'
import { CodedError } from '@alkdev/errors'
import type { FastifyRequest } from 'fastify'
import { storableText } from '@alkdev/std'
import type { SettledCall } from '@alkdev/storage/inference'
import type { ProxyContext } from '../context.ts'
import { allTokens, priceUsage } from '../ledger/amounts.ts'
import { chargeOf } from '../prices/charge.ts'
import type { Provider } from '../providers/provider.ts'
import { targetName } from '../providers/target.ts'
import { ResultLines } from './result-lines.ts'
import type { BatchResult } from './result-lines.ts'
import { meantPath } from './uncounted-paths.ts'

/** Rows that may wait for PostgreSQL while results pass. */
const MAX_HELD = 5000
/** Results after which the reader waits until their rows are written. */
const RESULTS_AT_A_TIME = 200

const RESULTS = /^(?:messages\/batches\/[^/]+\/results|files\/[^/]+\/content)$/

/** Whether the answer to a request for the path may hold the results of a batch. */
export function holdsResults(method: string, path: string): boolean {
  return method === 'GET' && RESULTS.test(meantPath(path))
}

/** Writes a row for each request of a batch whose result passes by, at the price of batches. */
export class BatchRecord {
  readonly #context: ProxyContext
  readonly #provider: Provider
  readonly #request: FastifyRequest
  readonly #endpoint: string
  readonly #lines: ResultLines
  #unwritten = 0

  constructor(
    context: ProxyContext,
    provider: Provider,
    request: FastifyRequest,
    endpoint: string,
  ) {
    this.#context = context
    this.#provider = provider
    this.#request = request
    this.#endpoint = endpoint
    this.#lines = new ResultLines(context.runtime.config.http.maxInferenceBodyBytes)
  }

  /** Takes bytes of the answer. Resolves when not too many rows are unwritten. Throws UNAVAILABLE when they cannot be written. */
  async push(chunk: Buffer): Promise<void> {
    this.#add(this.#lines.push(chunk))
    if (this.#unwritten < RESULTS_AT_A_TIME) return
    this.#unwritten = 0
    const { ledger } = this.#context
    await ledger.flush()
    if (ledger.held > MAX_HELD)
      throw new CodedError('UNAVAILABLE', 'The results cannot be recorded now; read them again.')
  }

  /** The answer is whole. */
  end(): void {
    this.#add(this.#lines.end())
  }

  #add(results: readonly BatchResult[]): void {
    for (const result of results) this.#context.ledger.addSettled(this.#settled(result))
    this.#unwritten += results.length
  }

  /** A result has the same id for each reader: the second row for it is not written. */
  #settled({ id, model, usage, tiers }: BatchResult): SettledCall {
    const { name, config } = this.#provider
    const { identity } = this.#request
    const { orgIds = [], keyId } = identity
    const now = new Date()
    const priced = { provider: { name, baseUrl: config.baseUrl }, model, at: now }
    const { prices } = this.#context
    const cost = chargeOf(prices, priced, { asked: undefined, used: tiers }, usage.tokens)
    const used = priceUsage(usage, 'provider', cost, prices.version)
    const amounts = {
      ...used,
      provider: name,
      model: storableText(model),
      status: 200,
      code: null,
      upstreamRequestId: storableText(id),
      startedAt: now,
      firstTokenMs: null,
      totalMs: 0,
    }
    const target = targetName({ provider: this.#provider, model: amounts.model })
    return {
      ...amounts,
      id: idOf(this.#provider.id, id),
      parentId: this.#request.id,
      accountId: identity.id,
      keyId,
      orgId: orgIds.length === 1 ? orgIds[0] : undefined,
      endpoint: this.#endpoint,
      requestedModel: target,
      streamed: false,
      // One whose calls a budget counts makes no batches.
      subjects: [],
      targets: [target],
      attempts: [{ ...amounts, attempt: 1, target, tokens: allTokens(used) }],
      inconsistent: usage.inconsistent,
      endedBy: 'done',
      truncated: false,
      settledBy: 'proxy',
      endedAt: now,
    }
  }
}

/** A UUID (version 8, RFC 9562) of the names. */
function idOf(providerId: string, id: string): string {
  const hash = createHash('sha256').update(`${providerId} ${id}`).digest().subarray(0, 16)
  hash[6] = 0x80 | ((hash[6] ?? 0) & 0x0f)
  hash[8] = 0x80 | ((hash[8] ?? 0) & 0x3f)
  const hex = hash.toString('hex')
  return [8, 12, 16, 20, 32].map((end, at) => hex.slice([0, 8, 12, 16, 20][at], end)).join('-')
}
