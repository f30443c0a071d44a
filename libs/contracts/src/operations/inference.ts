import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { query } from './define.ts'

export const InferenceModelsInput = Type.Object({}, closed)

export const InferenceModel = Type.Object({
  id: Type.String({ description: '`provider/model`, as `/v1` takes it.' }),
  provider: Type.String(),
  model: Type.String(),
})
export type InferenceModel = Static<typeof InferenceModel>

export const InferenceModelsOutput = Type.Object({ items: Type.Array(InferenceModel) })
export type InferenceModelsOutput = Static<typeof InferenceModelsOutput>

export const inferenceOperations: readonly ServiceOperation[] = [
  {
    service: 'inference-proxy',
    spec: query('inference.models', {
      title: 'List models',
      description: 'The models that the caller may use through `/v1`.',
      input: InferenceModelsInput,
      output: InferenceModelsOutput,
      scopes: [SCOPES.INFERENCE_USE],
    }),
  },
]
