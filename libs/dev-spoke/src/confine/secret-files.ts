import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const maxDepth = 3
const maxFiles = 2000
/** Below a hub's folder: data and logs of its servers, no secrets. */
const passedOver = new Set(['postgres', 'redis', 'logs', 'compile-cache'])
const keptMs = 2000

/** The files of a hub's own folders by device and inode, so that they are known under every name (hard links). */
export class SecretFiles {
  readonly #folders: readonly string[]
  #ids: ReadonlySet<string> = new Set()
  #readAt = Number.NEGATIVE_INFINITY

  constructor(folders: readonly string[]) {
    this.#folders = folders
  }

  /** True when the file lies in one of the folders under another name. */
  async has(file: { readonly dev: number; readonly ino: number }): Promise<boolean> {
    if (performance.now() - this.#readAt > keptMs) {
      const ids = new Set<string>()
      for (const folder of this.#folders) await collect(folder, maxDepth, ids)
      this.#ids = ids
      this.#readAt = performance.now()
    }
    return this.#ids.has(idOf(file))
  }
}

async function collect(folder: string, depth: number, ids: Set<string>): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (ids.size >= maxFiles) return
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth > 0 && !passedOver.has(entry.name))
      await collect(path, depth - 1, ids)
    if (!entry.isFile()) continue
    const info = await lstat(path).catch(() => undefined)
    if (info) ids.add(idOf(info))
  }
}

function idOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`
}
