import { readFile } from 'node:fs/promises'
import { HubClient } from '../hub/hub-client.ts'
import type { StackUrls } from './lock.ts'
import type { StackPaths } from './paths.ts'

export interface FirstCall {
  readonly operationId: string
  readonly durationMs: number
  /** The result in a few words. */
  readonly shown: string
}

/** Makes one call through gateway, Redis, broker and spoke: lists the folder that the dev spoke serves. */
export async function firstCall(
  paths: StackPaths,
  urls: StackUrls,
  spoke: string,
  signal: AbortSignal,
): Promise<FirstCall> {
  const key = (await readFile(paths.adminKey, 'utf8')).trim()
  const hub = new HubClient(urls.gateway, key, signal)
  const operationId = `dev.${spoke}.fs.list`
  const started = performance.now()
  const { entries } = await hub.call<{ entries: { name: string }[] }>(operationId, { path: '.' })
  const durationMs = performance.now() - started
  return { operationId, durationMs, shown: listWords(entries.map((entry) => entry.name)) }
}

/** The first names of a folder, and how many more there are. */
export function listWords(names: readonly string[]): string {
  if (names.length === 0) return 'the folder is empty'
  const more = names.length > 6 ? ` and ${names.length - 6} more` : ''
  return `${names.slice(0, 6).join(', ')}${more}`
}
