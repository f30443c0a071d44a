import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { Identity } from '@alkdev/operations'
import type { ProxyContext } from '../context.ts'

/** `GET /v1/models` and `GET /v1/models/{model}`, in OpenAI's shape. */
export function addModels(app: HttpApp, context: ProxyContext): void {
  const models = async (identity: Identity) => {
    const providers = await context.providers.all()
    const { aliases } = context.runtime.config.inference
    const found = await context.models.of(identity, providers, Object.keys(aliases))
    return found.map(({ id, provider }) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: provider,
    }))
  }
  app.get('/models', async (request) => ({ object: 'list', data: await models(request.identity) }))
  app.get<{ Params: { '*': string } }>('/models/*', async (request) => {
    const id = request.params['*']
    const found = (await models(request.identity)).find((model) => model.id === id)
    if (!found) throw new CodedError('OPERATION_NOT_FOUND', `There is no model ${id} for this key.`)
    return found
  })
}
