import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'

export interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface SourceFile {
  /** Relative to the root. */
  readonly path: string
  readonly test: boolean
  readonly imports: readonly string[]
}

export interface WorkspacePackage {
  /** Folder relative to the root, for instance `libs/bus`. */
  readonly folder: string
  /** Folder's own name: `bus`. */
  readonly room: string
  readonly manifest: Manifest
  readonly references: readonly string[]
  readonly files: readonly SourceFile[]
}

const builtin = new Set(builtinModules)
const specifier =
  /^\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm
const comment = /\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g

/** The bare package names that a source text imports; relative, `node:` and built-in ones left out. */
export function importedPackages(source: string): string[] {
  const names = new Set<string>()
  for (const match of source.replace(comment, '').matchAll(specifier)) {
    const target = match[1] ?? match[2] ?? match[3] ?? ''
    if (target.startsWith('.') || target.startsWith('#') || target.startsWith('node:')) continue
    if (target === '' || target.includes('$') || builtin.has(target)) continue
    names.add(
      target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/'),
    )
  }
  return [...names]
}

const testFile =
  /(\.(test|smoke|bench)\.ts$)|(\/testing\/)|(\/testing\.ts$)|(\/fixtures\/)|(\/examples\/)|(test-utils\.ts$)/

/** Reads a package of the workspace: manifest, references and what each source file imports. */
export function readPackage(root: string, folder: string): WorkspacePackage {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
  const tsconfig = JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8')) as {
    references?: { path: string }[]
  }
  const paths = ['src', 'examples']
    .filter((sub) => existsSync(join(root, folder, sub)))
    .flatMap((sub) =>
      readdirSync(join(root, folder, sub), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${sub}/${path}`,
      ),
    )
    .filter((path) => /\.tsx?$/.test(path))
  return {
    folder,
    room: folder.split('/').at(-1) ?? folder,
    manifest,
    references: (tsconfig.references ?? []).map(
      (reference) => reference.path.split('/').at(-1) ?? '',
    ),
    files: paths.map((path) => ({
      path: `${folder}/${path}`,
      test: testFile.test(`/${path}`),
      imports: importedPackages(readFileSync(join(root, folder, path), 'utf8')),
    })),
  }
}

/** Every package of the workspace. A folder without a manifest is what a removed package left on disk. */
export function readWorkspace(root: string): WorkspacePackage[] {
  const folders = ['libs', 'services', 'apps']
    .filter((parent) => existsSync(join(root, parent)))
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
  return [...folders, 'test', 'bench'].map((folder) => readPackage(root, folder))
}
