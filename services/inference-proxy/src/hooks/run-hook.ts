import type { InferenceConfig } from '@alkdev/config'
import type { ServiceRuntime } from '@alkdev/service'
import { openOnce } from '@alkdev/service'
import type { ProxyEvents } from '../events.ts'
import { HookError, verdictOf } from './verdict.ts'
import type { Verdict } from './verdict.ts'

export type Hook = InferenceConfig['hooks'][number]
export type HookPhase = Hook['phases'][number]

const DEFAULT_TIMEOUT_MS = 5000

/** What the operation of a hook gets. */
export interface HookInput {
  readonly phase: HookPhase
  /** The call of the model. */
  readonly callId: string
  /** Who calls the model. */
  readonly accountId: string
  /** As the client names it. */
  readonly model: string
  /** Path below `/v1`. */
  readonly endpoint: string
  /** The texts to check. Of a stream: those of one window. */
  readonly texts: readonly string[]
  /** Nothing follows. */
  readonly isLast: boolean
}

export type HookRuntime = Pick<
  ServiceRuntime<'inference-proxy'>,
  'bus' | 'db' | 'logger' | 'inputHash' | 'authenticator'
>

/**
 * Calls the operation of a hook, in the rights of its key, under the call of the model. A hook that fails or takes longer than its time lets
 * everything pass with `failOpen`; with `failClosed` HOOK_FAILED is thrown. Throws the reason of `signal` when it is aborted.
 */
export async function runHook(
  runtime: HookRuntime,
  events: Pick<ProxyEvents, 'hookFailed'>,
  hook: Hook,
  input: HookInput,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    const holder = await runtime.authenticator.recheck({ id: '', keyId: hook.keyId, scopes: [] })
    if (holder === undefined) throw new Error('its key is not valid')
    const opened = await openOnce(runtime, hook.operation, input, {
      principal: holder.identity,
      parentCallId: input.callId,
      depth: 1,
      timeoutMs: hook.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      signal,
      metadata: { via: 'inference-hook' },
    })
    if (opened.kind === 'answer') return verdictOf(opened.envelope.data)
    await opened.items.return?.()
    throw new Error('the operation is a subscription')
  } catch (error) {
    signal.throwIfAborted()
    events.hookFailed({ hook: hook.name, callId: input.callId, failure: hook.failure }, error)
    if (hook.failure === 'failOpen') return {}
    throw HookError.failed(hook.name, error)
  }
}
