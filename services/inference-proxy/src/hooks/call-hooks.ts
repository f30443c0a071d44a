import { matchesPattern } from '@alkdev/operations'
import type { ProxyContext } from '../context.ts'
import { readModelBody } from '../relay/model-body.ts'
import type { ModelBody } from '../relay/model-body.ts'
import { aliasTargets } from '../providers/target.ts'
import { CheckedStream } from './checked-stream.ts'
import { checkedTexts } from './checked-texts.ts'
import { redactJson } from './redact-literals.ts'
import { runHook } from './run-hook.ts'
import type { Hook, HookPhase } from './run-hook.ts'
import { HookError } from './verdict.ts'

const DEFAULT_WINDOW = 400
const DEFAULT_OVERLAP = 100
const MAX_TAGS = 32

/** The call that is checked. */
export interface HookedCall {
  readonly callId: string
  readonly accountId: string
  readonly keyId: string | undefined
  readonly model: string
  readonly endpoint: string
}

/** The hooks that one call of a model passes. */
export class CallHooks {
  readonly #context: Pick<ProxyContext, 'runtime' | 'events'>
  readonly #hooks: readonly Hook[]
  readonly #call: HookedCall
  readonly #signal: AbortSignal
  readonly #tags = new Set<string>()

  private constructor(
    context: Pick<ProxyContext, 'runtime' | 'events'>,
    hooks: readonly Hook[],
    call: HookedCall,
    signal: AbortSignal,
  ) {
    this.#context = context
    this.#hooks = hooks
    this.#call = call
    this.#signal = signal
  }

  /** Undefined for a call that passes none. `signal`: ends the calls of hooks. */
  static of(
    context: Pick<ProxyContext, 'runtime' | 'events'>,
    call: HookedCall,
    signal: AbortSignal,
  ): CallHooks | undefined {
    const { hooks, aliases } = context.runtime.config.inference
    // What is checked for a model is checked by whatever name it is asked for.
    const names = [call.model, ...aliasTargets(aliases, call.model)]
    const passed = hooks.filter(
      ({ keyId, models }) =>
        keyId !== call.keyId &&
        (models === undefined ||
          models.some((pattern) => names.some((name) => matchesPattern(pattern, name)))),
    )
    return passed.length === 0 ? undefined : new CallHooks(context, passed, call, signal)
  }

  /** What the hooks added to the call so far. */
  get tags(): readonly string[] {
    return [...this.#tags]
  }

  get checksAnswers(): boolean {
    return this.#in('after').length > 0
  }

  /** The request without what the hooks redact. Throws HookError. */
  async before(body: ModelBody): Promise<ModelBody> {
    if (this.#in('before').length === 0) return body
    const literals = await this.#check('before', checkedTexts(body.value), true)
    if (literals.length === 0) return body
    const model = body.object.members.filter(({ name }) => name === 'model')
    const keeps = new Set(model.map(({ from }) => from))
    return readModelBody(redactJson(body.bytes, literals, keeps))
  }

  /** A whole answer without what the hooks redact. Throws HookError. */
  async whole(bytes: Buffer, value: unknown): Promise<Buffer> {
    if (!this.checksAnswers) return bytes
    return redactJson(bytes, await this.#check('after', checkedTexts(value), true))
  }

  /** Checks a stream; undefined when no hook checks answers. Its methods reject with HookError. */
  stream(onReleased: (data: unknown) => void): CheckedStream | undefined {
    const hooks = this.#in('after')
    if (hooks.length === 0) return undefined
    return new CheckedStream({
      windowCharacters: Math.max(...hooks.map((one) => one.windowCharacters ?? DEFAULT_WINDOW)),
      overlapCharacters: Math.max(...hooks.map((one) => one.overlapCharacters ?? DEFAULT_OVERLAP)),
      check: (texts, isLast) => this.#check('after', texts, isLast),
      onReleased,
    })
  }

  #in(phase: HookPhase): readonly Hook[] {
    return this.#hooks.filter(({ phases }) => phases.includes(phase))
  }

  /** Calls the hooks one after the other. Gives the texts that are redacted. */
  async #check(phase: HookPhase, texts: readonly string[], isLast: boolean): Promise<string[]> {
    const { runtime, events } = this.#context
    const { callId, accountId, model, endpoint } = this.#call
    const redacted: string[] = []
    for (const hook of this.#in(phase)) {
      const input = { phase, callId, accountId, model, endpoint, texts, isLast }
      // oxlint-disable-next-line no-await-in-loop -- a call that the first one refuses does not reach the second
      const verdict = await runHook(runtime, events, hook, input, this.#signal)
      for (const tag of verdict.tags ?? []) if (this.#tags.size < MAX_TAGS) this.#tags.add(tag)
      if (verdict.block !== undefined) throw HookError.blocked(hook.name, verdict.block)
      redacted.push(...(verdict.redact ?? []))
    }
    return redacted
  }
}
