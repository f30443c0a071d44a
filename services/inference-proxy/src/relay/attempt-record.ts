import type { CodedError } from '@alkdev/errors'
import { codedErrorOf } from '@alkdev/http'
import type { FastifyRequest } from 'fastify'
import type { ProxyContext } from '../context.ts'
import type { LedgerAttempt } from '../ledger/ledger-attempt.ts'
import type { Provider } from '../providers/provider.ts'
import type { Usage } from '../usage/usage.ts'
import { UpstreamError } from './upstream-error.ts'

export interface AttemptRecordInput {
  readonly context: ProxyContext
  readonly provider: Provider
  readonly model: string
  readonly streamed: boolean
  readonly request: FastifyRequest
  readonly ledger: LedgerAttempt
  readonly signal: AbortSignal
}

/** Of a request that is no HTTP request any more, only its id and its caller. */
type RecordedAttempt = Omit<AttemptRecordInput, 'request'> & {
  readonly request: Pick<FastifyRequest, 'id' | 'identity'>
}

/** How the answer ended, which was sent as far as it came. */
export interface Delivered {
  /** Why it is not whole; undefined for a whole answer. */
  readonly error: CodedError | undefined
}

/** What the log, the metrics and the ledger get to know of one request to a provider. */
export class AttemptRecord {
  readonly #input: RecordedAttempt
  readonly #startedAt = performance.now()
  /** HTTP status of the provider; null while none came. */
  status: number | null = null
  upstreamId: string | undefined

  constructor(input: RecordedAttempt) {
    this.#input = input
  }

  /** The answer is whole. */
  answered(usage: Usage | undefined, mayHaveUsed = true): ReturnType<LedgerAttempt['end']> {
    const settled = this.end(null, usage, mayHaveUsed)
    this.#input.context.events.answered({ ...this.#facts(), status: this.status ?? 0 })
    return settled
  }

  /** The answer is not whole, or none came. */
  failed(thrown: unknown, usage: Usage | undefined, mayHaveUsed = true): void {
    const { signal, context, ledger } = this.#input
    const error = codedErrorOf(signal.aborted ? signal.reason : thrown)
    const wasRefused = thrown instanceof UpstreamError && !thrown.mayHaveUsed
    this.end(error.code, usage, mayHaveUsed && (!wasRefused || ledger.textBytes > 0))
    context.events.failed(this.#facts(), `${error.code}: ${error.message}`)
  }

  /** Ends the attempt in the ledger. The first end counts. */
  end(code: string | null, usage: Usage | undefined, mayHaveUsed: boolean) {
    const { status, upstreamId: upstreamRequestId } = this
    return this.#input.ledger.end({ status, code, usage, mayHaveUsed, upstreamRequestId })
  }

  #facts() {
    const { provider, model, request, streamed } = this.#input
    return {
      requestId: request.id,
      accountId: request.identity.id,
      provider: provider.name,
      model,
      stream: streamed,
      durationMs: Math.round(performance.now() - this.#startedAt),
    }
  }
}
