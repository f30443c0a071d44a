import type { Client } from '@alkdev/contracts'
import { compact, didYouMean } from '@alkdev/std'
import { HubProblemError, withFix } from '../../failure.ts'
import type { HubClient } from '../../hub/hub-client.ts'
import { providerType } from './provider-type.ts'

const NAMES = 200

/** The error of `clients.create` for a name that is taken, with what to do. */
export function asTakenName(name: string, error: unknown): unknown {
  if (!(error instanceof HubProblemError) || error.code !== 'CONFLICT') return error
  const fix = `Choose another name, or change that provider: \`alkhub providers update ${name}\`.`
  return withFix(error, 'clients.create', fix)
}

/** Providers are clients to the hub: the error of a call that knows no client of this name, in the words of the commands of providers. */
export async function asProviderError(
  hub: HubClient,
  operationId: string,
  name: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HubProblemError) || error.code !== 'CLIENT_NOT_FOUND') return error
  const { items } = await hub
    .call<{ items: readonly Client[] }>('clients.list', { type: providerType, limit: NAMES })
    .catch(() => ({ items: [] as readonly Client[] }))
  const near = didYouMean(
    name,
    items.map((client) => client.name),
  )
  const words = `There is no provider ${name}.${near}`
  const { code, callId } = error
  return new HubProblemError({ code, detail: words, ...compact({ callId }) }, operationId, {
    words,
    instead: 'Find its name with `alkhub providers list`.',
  })
}
