import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { pathOfHandle } from '../confine/path-of-handle.ts'

/** Paths to look at, whether a glob takes them or not. */
export const MAX_NAMES = 500_000

/** Folders full of files of others: entered only when the path starts inside them. */
const SKIPPED = new Set(['.git', 'node_modules', '.pnpm-store', 'target', '.venv'])

/** The paths of the plain files below a path, without following links. The start must be there; what disappears on the way is left out. */
export async function* walkFiles(
  folder: ConfinedFolder,
  start: string,
  yieldToEventLoop: () => Promise<void>,
): AsyncGenerator<string> {
  const waiting = [start]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    await yieldToEventLoop()
    await using handle = await folder.openForReading(path).catch((error: unknown) => {
      // Only the start must be there; others may have been removed since they were listed.
      if (path === start || !(error instanceof CodedError)) throw error
      return null
    })
    if (handle === null) continue
    const info = await handle.stat()
    if (info.isFile()) {
      yield path
      continue
    }
    if (!info.isDirectory()) continue
    const real = await pathOfHandle(handle, join(folder.root, path))
    const entries = await readdir(real, { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? 1 : -1))) {
      await yieldToEventLoop()
      if (folder.isHidden(join(real, entry.name))) continue
      const next = path === '.' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) waiting.push(next)
      // The `.git` of a worktree is a file.
      else if (entry.isFile() && entry.name !== '.git') yield next
    }
  }
}
