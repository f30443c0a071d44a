import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Library } from './library.ts'
import { withWorkspaceDependencies } from './workspace.ts'

const builder = dirname(fileURLToPath(import.meta.url))
const PACKED = /^(?:package\.json|README\.md|(?:src|examples)\/.*)$/
const LEFT_OUT = /\.test\.tsx?$|\/fixtures\//

/** Hash of everything that decides what the tarballs hold: sources, manifests, the lock file and the builder itself. */
export async function hashInputs(root: string, libraries: readonly Library[]): Promise<string> {
  const folders = new Set([builder])
  for (const { room } of libraries)
    for (const { folder } of (await withWorkspaceDependencies(join(root, 'libs', room))).values())
      folders.add(folder)
  const hash = createHash('sha256').update(JSON.stringify(libraries))
  const add = async (file: string): Promise<void> => {
    hash.update(`\0${file}\0`).update(await readFile(join(root, file)))
  }
  for (const file of ['pnpm-lock.yaml', 'tsconfig.base.json', 'LICENSE-MIT', 'LICENSE-APACHE'])
    await add(file)
  for (const folder of [...folders].toSorted()) {
    const parts = folder === builder ? ['.'] : ['package.json', 'README.md', 'src', 'examples']
    for (const file of await filesBelow(folder, parts))
      if (folder === builder || PACKED.test(file))
        if (!LEFT_OUT.test(file)) await add(join(folder.slice(root.length), file))
  }
  return hash.digest('hex')
}

async function filesBelow(folder: string, parts: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    parts.map(async (part) => {
      const place = join(folder, part)
      const isFile = await stat(place).then(
        (found) => found.isFile(),
        () => undefined,
      )
      if (isFile === undefined) return []
      if (isFile) return [part]
      const found = await readdir(place, { recursive: true, withFileTypes: true })
      return found
        .filter((each) => each.isFile())
        .map((each) => join(each.parentPath, each.name).slice(folder.length + 1))
    }),
  )
  return lists.flat().toSorted()
}
