import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { plainName } from './plain-name.ts'

/** What a folder must hold for git to take it for a git folder and to obey its config. */
const signs = [
  ['head', 'objects', 'refs'],
  ['head', 'commondir'],
]

/**
 * True when a folder between `root` and `target` is, or with `target` would become, what git takes for a repository without a
 * working tree. Git searches for such folders from wherever it is started and runs the programs that their config names.
 */
export async function isInGitLookAlike(root: string, target: string): Promise<boolean> {
  const parts = relative(root, target).split(sep)
  let folder = root
  for (const part of parts) {
    const names = new Set((await readdir(folder).catch(() => [])).map(plainName))
    names.add(plainName(part))
    if (signs.some((all) => all.every((name) => names.has(name)))) return true
    folder = join(folder, part)
  }
  return false
}
