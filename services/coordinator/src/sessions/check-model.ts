import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

/** Milliseconds that the inference proxy has for its answer. */
const ASK_MS = 3000

/**
 * Throws MODEL_NOT_FOUND (404) for a model that is neither an alias nor of a provider which the caller may use. When no inference proxy says so now, the
 * model is accepted, and the first turn tells.
 */
export async function checkModel(
  { bus }: Pick<ServiceRuntime, 'bus'>,
  caller: Identity,
  model: string | undefined,
): Promise<void> {
  if (model === undefined) return
  try {
    await bus.call('inference.explain', { model }, { principal: caller, timeoutMs: ASK_MS })
  } catch (thrown) {
    const error = CallError.from(thrown)
    if (error.code !== 'MODEL_NOT_FOUND') return
    throw new CallError('MODEL_NOT_FOUND', error.message, { model }, { httpStatus: 404 })
  }
}
