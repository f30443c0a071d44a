import type { HubClient } from './hub-client.ts'

/** The address that logs a browser in to the console once, within five minutes, with the rights of the key. Throws what the hub answers. */
export async function consoleLink(hub: HubClient): Promise<string> {
  const { path } = await hub.postJson<{ readonly path: string }>('/console/links')
  return `${hub.url}/${path}`
}
