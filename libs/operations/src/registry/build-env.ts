import { uuidv7 } from '@alkdev/std'
import { CallError } from '../calls/call-error.ts'
import { MAX_TIMER_MS } from '../calls/call-limits.ts'
import { abortError } from '../calls/abort-error.ts'
import type { OperationRegistry } from './registry.ts'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'
import { withTrust } from './trust.ts'
import type { OperationContext, OperationEnv, OperationSpec } from './types.ts'

export interface EnvOptions {
  readonly registry: OperationRegistry
  /** The context of the call that makes the nested calls. */
  readonly context: OperationContext
  /** The included namespaces; default all. */
  readonly allowedNamespaces?: readonly string[]
  /**
   * `trusted` (default): access was decided when the outer operation was admitted, so its nested calls are not checked against the
   * caller's scopes. `checked`: every nested call is checked. A handler can neither read nor pass on this setting.
   */
  readonly access?: 'trusted' | 'checked'
}

/** Maximum levels of nested calls. */
const MAX_DEPTH = 16
const depths = new WeakMap<OperationContext, number>()

type Functions = Readonly<Record<string, (input: unknown) => Promise<ResponseEnvelope>>>

/**
 * `env.<namespace>.<name>(input)` for the queries and mutations of a registry, as it is when they are called. Each call gets a requestId of
 * its own with this call's as parentRequestId, the same identity and metadata, the time that is left and this call's signal: it rejects
 * with ABORTED or TIMEOUT as soon as this call ends, even if its handler does not stop. Handlers called so find an `env` of their own in
 * their context. 16 levels at most.
 */
export function buildEnv(options: EnvOptions): OperationEnv {
  const { registry, allowedNamespaces } = options
  const callable = (namespace: string): OperationSpec[] =>
    registry.list({ namespace }).filter((spec) => spec.type !== 'subscription')
  const allowed = (namespace: string): boolean => allowedNamespaces?.includes(namespace) !== false
  return lookup<Functions>(
    (namespace) => allowed(namespace) && registry.hasNamespace(namespace),
    () => [...new Set(registry.getAllSpecs().map((spec) => spec.namespace))].filter(allowed),
    (namespace) =>
      lookup(
        (name) => isCallable(registry.getSpec(`${namespace}.${name}`)),
        () => callable(namespace).map((spec) => spec.name),
        (name) => (input: unknown) => nestedCall(options, `${namespace}.${name}`, input),
      ),
  )
}

function isCallable(spec: OperationSpec | undefined): boolean {
  return spec !== undefined && spec.type !== 'subscription'
}

async function nestedCall(
  options: EnvOptions,
  operationId: string,
  input: unknown,
): Promise<ResponseEnvelope> {
  const { context, registry } = options
  const depth = (depths.get(context) ?? 0) + 1
  if (depth > MAX_DEPTH)
    throw new CallError('EXECUTION_ERROR', `Calls are nested deeper than ${MAX_DEPTH} levels.`, {
      operationId,
    })
  const limit = new Limit(context)
  const child: { -readonly [Key in keyof OperationContext]: OperationContext[Key] } = {
    requestId: uuidv7(),
    ...(context.requestId !== undefined && { parentRequestId: context.requestId }),
    ...(context.identity !== undefined && { identity: context.identity }),
    ...(context.metadata !== undefined && { metadata: context.metadata }),
    ...(context.deadline !== undefined && { deadline: context.deadline }),
    ...(limit.signal !== undefined && { signal: limit.signal }),
  }
  depths.set(child, depth)
  child.env = buildEnv({ ...options, context: child })
  const execute = (): Promise<ResponseEnvelope> => registry.execute(operationId, input, child)
  return limit.orResult(
    options.access === 'checked' ? execute() : withTrust(child, operationId, execute),
  )
}

/** The signal of a nested call: aborted with the outer one, and when the time that is left has passed. */
class Limit {
  readonly signal: AbortSignal | undefined
  readonly #outer: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout | undefined
  readonly #onAbort: (() => void) | undefined

  constructor(context: OperationContext) {
    this.#outer = context.signal
    if (context.deadline === undefined) {
      this.signal = context.signal
      return
    }
    const controller = new AbortController()
    this.signal = controller.signal
    this.#onAbort = () => controller.abort(this.#outer?.reason)
    if (this.#outer?.aborted === true) this.#onAbort()
    else this.#outer?.addEventListener('abort', this.#onAbort, { once: true })
    this.#timer = setTimeout(
      () => controller.abort(new CallError('TIMEOUT', 'The time for the call is over.')),
      Math.min(Math.max(0, context.deadline - Date.now()), MAX_TIMER_MS),
    )
  }

  orResult<T>(result: Promise<T>): Promise<T> {
    const { signal } = this
    if (signal === undefined) return result
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        release()
        reject(abortError(signal))
      }
      const release = (): void => {
        signal.removeEventListener('abort', onAbort)
        clearTimeout(this.#timer)
        if (this.#onAbort !== undefined) this.#outer?.removeEventListener('abort', this.#onAbort)
      }
      if (signal.aborted) {
        result.then(undefined, () => {})
        onAbort()
        return
      }
      signal.addEventListener('abort', onAbort, { once: true })
      result.then(
        (value) => {
          release()
          resolve(value)
        },
        (error: unknown) => {
          release()
          // What a call rejects with is a CallError already.
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors
          reject(error)
        },
      )
    })
  }
}

/** A read-only object whose members are those for which `has` currently returns true. */
function lookup<T>(
  has: (name: string) => boolean,
  names: () => string[],
  get: (name: string) => T,
): Readonly<Record<string, T>> {
  const known = (name: string | symbol): name is string => typeof name === 'string' && has(name)
  return new Proxy(Object.create(null) as Record<string, T>, {
    has: (_target, name) => known(name),
    get: (_target, name) => (known(name) ? get(name) : undefined),
    ownKeys: names,
    getOwnPropertyDescriptor: (_target, name) =>
      known(name)
        ? { value: get(name), enumerable: true, configurable: true, writable: false }
        : undefined,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  })
}
