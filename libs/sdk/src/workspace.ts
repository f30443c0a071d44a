import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/** The parts of a `package.json` that packing reads. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly license?: string
  readonly sideEffects?: boolean
  readonly files?: readonly string[]
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, unknown>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** A package of the workspace with its folder (absolute). */
export interface WorkspacePackage {
  readonly folder: string
  readonly manifest: Manifest
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The folder of an installed package as `from` (a package folder) sees it. Throws when it is not installed. */
export function installedAt(from: string, name: string): Promise<string> {
  return realpath(join(from, 'node_modules', name))
}

/** A package of the workspace and all packages of the workspace that it needs at run time, by name. */
export async function withWorkspaceDependencies(
  folder: string,
): Promise<ReadonlyMap<string, WorkspacePackage>> {
  const found = new Map<string, WorkspacePackage>()
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const manifest = await readManifest(next)
    if (found.has(manifest.name)) continue
    found.set(manifest.name, { folder: next, manifest })
    for (const [name, range] of Object.entries(manifest.dependencies ?? {}))
      if (range.startsWith('workspace:')) open.push(await installedAt(next, name))
  }
  return found
}

/** `@scope/name` or `name` of an import such as `@scope/name/entry`. */
export function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
