import { serviceSpec } from '@alkdev/contracts'
import type {
  InferenceTestProviderInput,
  LlmProviderConfig,
  ProviderTrial,
} from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { Secret } from '@alkdev/crypto'
import { CallError } from '@alkdev/operations'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { callerOf, checkClientConfig, operableClient } from '@alkdev/service'
import { compact, uuidv7 } from '@alkdev/std'
import type { ProxyContext } from '../../context.ts'
import { isBroken, withKey } from '../../providers/provider.ts'
import type { Provider, ProviderKey } from '../../providers/provider.ts'
import { tryProvider } from '../../providers/try-provider.ts'

/** Trials of one process at a time. */
const MAX_TRIALS = 8
const SHOWN = 50

/** `inference.testProvider`: reads the list of models with each key, and asks for one token if a model is given. */
export function inferenceTestProvider(proxy: ProxyContext): IOperationDefinition {
  let trials = 0
  return {
    ...serviceSpec('inference.testProvider'),
    async handler(
      input: InferenceTestProviderInput,
      context: OperationContext,
    ): Promise<ProviderTrial> {
      if (trials >= MAX_TRIALS)
        throw new CallError('OVERLOADED', `${MAX_TRIALS} providers are being tried.`)
      trials += 1
      try {
        return await tryAll(proxy, await providerOf(proxy, input, callerOf(context)), input.model)
      } finally {
        trials -= 1
      }
    },
  }
}

async function tryAll(
  proxy: ProxyContext,
  provider: Provider,
  model: string | undefined,
): Promise<ProviderTrial> {
  const none: ProviderKey = { name: '', secret: undefined, weight: 1 }
  const keys = provider.keys.length === 0 ? [none] : provider.keys
  const trials = await Promise.all(
    keys.map(async (key) => ({
      key: key.name,
      ...(await tryProvider(proxy, withKey(provider, key), model)),
    })),
  )
  const models = trials.find((trial) => trial.models.length > 0)?.models ?? []
  return {
    ok: trials.every((trial) => trial.ok),
    keys: trials.map(({ key, ok, durationMs, status, error }) => ({
      key,
      ok,
      durationMs,
      ...compact({ status, error }),
    })),
    models: models.slice(0, SHOWN),
    listed: models.length,
  }
}

async function providerOf(
  { runtime, policy, providers }: ProxyContext,
  { name, config, secret }: InferenceTestProviderInput,
  caller: Identity,
): Promise<Provider> {
  if (config !== undefined) {
    checkClientConfig('llm-provider', config, policy)
    const opened = secret === undefined ? undefined : new Secret(secret)
    return {
      id: uuidv7(),
      name: name ?? 'trial',
      ownerId: caller.id,
      orgId: null,
      config: config as LlmProviderConfig,
      keys: opened === undefined ? [] : [{ name: 'secret', secret: opened, weight: 1 }],
      key: opened,
    }
  }
  if (name === undefined || secret !== undefined)
    throw new CallError(
      'VALIDATION_ERROR',
      'Give the `name` of a stored provider, or the `config` of a new one.',
    )
  const client = await operableClient(runtime.db, caller, name)
  const known = (await providers.refreshed()).get(name)
  if (client.type !== 'llm-provider' || known === undefined)
    throw new CallError('CONFLICT', `${name} is no model provider, or it is switched off.`)
  if (isBroken(known))
    throw new CodedError('UNAVAILABLE', `${name} cannot be used: ${known.broken}.`)
  return known
}
