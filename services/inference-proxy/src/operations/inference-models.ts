import type { InferenceModelsOutput } from '@alkdev/contracts'
import type { OperationHandler } from '@alkdev/operations'
import { must } from '@alkdev/std'
import type { ProxyContext } from '../context.ts'
import type { ModelList } from '../providers/list-models.ts'

/** `inference.models`: what `GET /v1/models` lists, as an operation. */
export function inferenceModels(
  context: ProxyContext,
  list: ModelList,
): OperationHandler<unknown, InferenceModelsOutput> {
  const { aliases } = context.runtime.config.inference
  return async (_input, { identity }) => {
    const caller = must(identity, 'the identity of a guarded operation')
    return { items: await list.of(caller, await context.providers.all(), Object.keys(aliases)) }
  }
}
