import { serviceSpec } from '@alkdev/contracts'
import type { InferenceModelsOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { ProxyContext } from '../../context.ts'

/** `inference.models`: what `GET /v1/models` lists, as an operation. */
export function inferenceModels({
  runtime,
  models,
  providers,
}: ProxyContext): IOperationDefinition {
  const { aliases } = runtime.config.inference
  return {
    ...serviceSpec('inference.models'),
    async handler(_input: object, context: OperationContext): Promise<InferenceModelsOutput> {
      return { items: await models.of(callerOf(context), await providers.all(), aliases) }
    },
  }
}
