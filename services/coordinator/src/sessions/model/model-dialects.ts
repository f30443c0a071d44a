import type { InferenceExplainOutput, ModelDialect } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import { StepFailure } from './step-failure.ts'

/** Milliseconds that the inference proxy has for its answer. */
const ASK_MS = 3000
/** Milliseconds for which an answer counts without being asked again, and for which it counts while no proxy answers. */
const FRESH_MS = 10_000
const KEPT_MS = 600_000
const MAX_KNOWN = 1000
/** The dialects, the one that loses least first. */
const DIALECTS: readonly ModelDialect[] = ['messages', 'responses', 'chat']

const NOT_ALLOWED = 'The rights of the session do not allow it to use models (`inference:use`).'

interface Known {
  /** When it was asked for, and when the proxy said it last, by the monotonic clock in milliseconds. */
  readonly at: number
  readonly saidAt: number
  readonly dialect: Promise<ModelDialect>
}

/** In which dialects models lose nothing, as the inference proxy says. */
export class ModelDialects {
  readonly #bus: Pick<ServiceRuntime['bus'], 'call'>
  readonly #known = new Map<string, Known>()

  constructor(bus: Pick<ServiceRuntime['bus'], 'call'>) {
    this.#bus = bus
  }

  /**
   * The dialect of a model that the caller may use. It is asked for every 10 s at most; while no proxy answers, the last answer counts for 10 minutes. Of an alias
   * whose targets differ: the one that loses least. Throws StepFailure with the code of the answer.
   */
  of(model: string, caller: Identity): Promise<ModelDialect> {
    const key = `${caller.id} ${caller.sharedOnly === true} ${model}`
    const known = this.#known.get(key)
    const at = performance.now()
    if (known !== undefined && at - known.at < FRESH_MS) return known.dialect
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    // Those that ask meanwhile get the same answer, also when it is the last one.
    const dialect = this.#ask(model, caller).catch((failure: StepFailure) => {
      if (this.#known.get(key) === asked) this.#known.delete(key)
      if (known === undefined || !failure.isRetryable || at - known.saidAt > KEPT_MS) throw failure
      this.#known.set(key, { ...known, at })
      return known.dialect
    })
    const asked: Known = { at, saidAt: at, dialect }
    this.#known.set(key, asked)
    return dialect
  }

  async #ask(model: string, caller: Identity): Promise<ModelDialect> {
    const options = { principal: caller, timeoutMs: ASK_MS }
    const { envelope } = await this.#bus
      .call('inference.explain', { model }, options)
      .catch((thrown: unknown) => {
        throw failureOf(CallError.from(thrown))
      })
    const { targets } = envelope.data as InferenceExplainOutput
    const said = targets.flatMap(({ state, dialect }) =>
      state === 'unsuitable' || dialect === undefined ? [] : [dialect],
    )
    return DIALECTS.find((one) => said.includes(one)) ?? 'chat'
  }
}

function failureOf({ code, message, disposition, status }: CallError): StepFailure {
  if (code === 'OPERATION_NOT_FOUND' || code === 'ACCESS_DENIED')
    return new StepFailure('provider-error', 'ACCESS_DENIED', NOT_ALLOWED, { status: 403 })
  if (code === 'UNAUTHENTICATED') return new StepFailure('revoked', code, message, { status: 401 })
  // It changes nothing, so that it may be asked again whatever became of it.
  const isRetryable = disposition !== 'fatal'
  return new StepFailure('provider-error', code, message, { isRetryable, status })
}
