import type { LlmProviderConfig, ProviderTrial } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { HubClient } from '../../hub/hub-client.ts'

/** Tries the API key of a provider before it is stored. Throws OperatorError when the provider refuses it or cannot be reached. */
export async function tryBeforeStoring(
  hub: HubClient,
  provider: {
    readonly name: string
    readonly config: LlmProviderConfig
    readonly secret: string | undefined
    readonly model: string | undefined
  },
): Promise<ProviderTrial> {
  const { name, config, secret, model } = provider
  const trial = await hub.call<ProviderTrial>('inference.testProvider', {
    name,
    config,
    ...compact({ secret, model }),
  })
  const failed = trial.keys.find((key) => !key.ok)
  if (failed === undefined) return trial
  throw new OperatorError(
    `${name} was tried and not added. ${failed.error?.message ?? ''}`,
    'Correct the key or the URL, or add it without a trial: --no-test.',
  )
}

/** What a trial found, for people. `asked`: the model that was asked for a token. */
export function trialText(
  name: string,
  { keys, models, listed }: ProviderTrial,
  asked?: string,
): string {
  const lines = keys.map(({ key, ok, durationMs, status, error }) => {
    // The only key of most providers has no name that its owner gave it.
    const which = key === '' || keys.length === 1 ? name : `${name}, key ${key}`
    const works = asked === undefined ? 'works' : `works, and ${name}/${asked} answered`
    const state = ok ? works : `does not work (${error?.message ?? status})`
    return `${which}: ${state}, ${durationMs} ms`
  })
  if (listed > 0) {
    const more = listed > models.length ? `, and ${listed - models.length} more` : ''
    lines.push(
      `${listed} model${listed === 1 ? '' : 's'}: ${models.map((model) => `${name}/${model}`).join(', ')}${more}`,
    )
  }
  return lines.join('\n')
}
