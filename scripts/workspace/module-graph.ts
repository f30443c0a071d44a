import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import type { WorkspacePackage } from './package-files.ts'

const builtin = new Set(builtinModules)
const comment = /\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g
/** Specifiers that are loaded at run time: `import type` and `export type` are erased. */
const loaded =
  /^\s*(?:import|export)\s(?!type\b)[^'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

export interface ModuleGraph {
  /** Source files that are loaded, relative to the root. */
  readonly files: ReadonlySet<string>
  /** Packages from outside of the workspace that those files load, by name. */
  readonly packages: ReadonlySet<string>
}

/**
 * What a program loads, read from the source texts: the files of the workspace that are reached from `entry` (relative to the
 * root) by static imports and by `import()` of a literal, and the third-party packages that those files name.
 */
export function moduleGraph(
  root: string,
  workspace: readonly WorkspacePackage[],
  entry: string,
): ModuleGraph {
  const byName = new Map(workspace.map((one) => [one.manifest.name, one]))
  const files = new Set<string>()
  const packages = new Set<string>()
  const queue = [resolve(root, entry)]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const path = relative(root, file)
    if (files.has(path)) continue
    files.add(path)
    const source = readFileSync(file, 'utf8').replace(comment, '')
    for (const match of source.matchAll(loaded)) {
      const target = match[1] ?? match[2] ?? match[3] ?? ''
      if (target.startsWith('.')) queue.push(resolve(dirname(file), target))
      else if (!target.startsWith('node:') && !builtin.has(target)) {
        const name = nameOf(target)
        const inside = byName.get(name)
        if (inside === undefined) packages.add(name)
        else queue.push(join(root, inside.folder, entryOf(inside, target.slice(name.length))))
      }
    }
  }
  return { files, packages }
}

function nameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function entryOf({ manifest }: WorkspacePackage, subpath: string): string {
  const target = manifest.exports?.[`.${subpath}`]
  if (target === undefined) throw new Error(`${manifest.name} has no entry .${subpath}`)
  return target
}
