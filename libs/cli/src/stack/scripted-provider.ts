import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, LlmProviderConfig } from '@alkdev/contracts'
import { DEMO_MODEL, SCRIPTED_BASE_PATH, startScriptedModel } from '@alkdev/scripted-model'
import type { ScriptedModel } from '@alkdev/scripted-model'
import { compact } from '@alkdev/std'
import { HubClient } from '../hub/hub-client.ts'
import { find } from '../hub/resolve.ts'
import { providerType } from '../commands/providers/provider-type.ts'
import type { StackUrls } from './lock.ts'
import type { StackPaths } from './paths.ts'

/** The name of the provider, and the alias of its demo model. */
export const SCRIPTED = 'scripted'

/** The `inference.aliases` of a local stack: those that exist, and `scripted` for the demo model. */
export function withScriptedAlias(aliases: unknown): Readonly<Record<string, unknown>> {
  const known = typeof aliases === 'object' && aliases !== null ? aliases : {}
  return { [SCRIPTED]: [`${SCRIPTED}/${DEMO_MODEL}`], ...known }
}

/**
 * Starts the model that acts out scripts, and stores it as the provider `scripted` of the admin. A provider of that name that leads elsewhere stays, and
 * nothing is started. The port stays the same over restarts when it is free.
 */
export async function startScriptedProvider(
  paths: StackPaths,
  urls: StackUrls,
  signal: AbortSignal,
): Promise<ScriptedModel | undefined> {
  const key = (await readFile(paths.adminKey, 'utf8')).trim()
  const hub = new HubClient(urls.gateway, key, signal)
  // A list, so that the first start does not leave a failed call in the history.
  const known = await find<Client>(hub, 'clients.list', {}, ({ name }) => name === SCRIPTED)
  const former = known && (known.config as Partial<LlmProviderConfig>).baseUrl
  if (known && !isOurs(known, former)) return undefined
  const port = former === undefined ? undefined : Number(new URL(former).port)
  const model = await startScriptedModel({
    folder: scriptFolder(paths),
    ...compact({ port }),
  })
  try {
    if (known === undefined)
      await hub.call('clients.create', {
        name: SCRIPTED,
        type: providerType,
        config: { baseUrl: model.url },
      })
    else if (former !== model.url)
      await hub.call('clients.update', {
        name: SCRIPTED,
        config: { ...known.config, baseUrl: model.url },
      })
    return model
  } catch (error) {
    await model[Symbol.asyncDispose]()
    throw error
  }
}

/** The folder of the user's own scripts. */
export function scriptFolder(paths: StackPaths): string {
  return join(paths.home, 'scripts')
}

function isOurs({ type }: Client, baseUrl: string | undefined): boolean {
  if (type !== providerType || baseUrl === undefined || !URL.canParse(baseUrl)) return false
  const { hostname, pathname } = new URL(baseUrl)
  return hostname === '127.0.0.1' && pathname === SCRIPTED_BASE_PATH
}
