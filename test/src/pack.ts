import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(root, 'node_modules/.bin/tsc')
/** npm packs `LICENSE` by itself, but not these. */
const licences = ['LICENSE-APACHE', 'LICENSE-MIT']
/** Sources that only tests use; they are not published. */
const testSources = ['**/*.test.ts', '**/fixtures/**']

export interface InstalledPackages extends AsyncDisposable {
  /** An ES module project in a temporary folder, with the packages in its node_modules. */
  readonly dir: string
  /** Every specifier that the packages export, for instance `@alkdev/pubsub/testing`. */
  readonly entries: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> }
}

/**
 * Builds, packs (`npm pack`) and unpacks workspace packages, and the workspace packages that they depend on, into an empty
 * project, as an installation would. `packageDirs` are absolute, or relative to the repository. What they depend on outside of the workspace is
 * linked from where it is installed, so nothing is fetched; anything that a manifest does not name can't be
 * imported. Throws when a package does not build, has no `publishConfig.exports`, or a tarball lacks a file that it exports, a licence, or what its README
 * links to.
 */
export async function packAndInstall(packageDirs: readonly string[]): Promise<InstalledPackages> {
  // The real path: on some systems the temporary folder is a link, and Node resolves links.
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'packed-')))
  try {
    const packages = await withWorkspaceDependencies(packageDirs)
    await writeFile(join(dir, 'package.json'), '{ "private": true, "type": "module" }\n')
    await run(tsc, ['-b', ...packages.keys()], { cwd: root })
    const entries: string[] = []
    for (const [from, manifest] of packages) {
      const tarball = await pack(from, manifest, join(dir, '.stage', manifest.name))
      await install(tarball, join(dir, 'node_modules', manifest.name))
      await linkDependencies(from, manifest, dir, packages)
      entries.push(...entriesOf(manifest))
    }
    await rm(join(dir, '.stage'), { recursive: true })
    return { dir, entries, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

/** The packages and what they need of the workspace, by folder. */
async function withWorkspaceDependencies(
  packageDirs: readonly string[],
): Promise<ReadonlyMap<string, Manifest>> {
  const found = new Map<string, Manifest>()
  const open = packageDirs.map((dir) => resolve(root, dir))
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    if (found.has(dir)) continue
    const manifest = await readManifest(dir)
    found.set(dir, manifest)
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
      if (range.startsWith('workspace:')) open.push(await installedAt(dir, name))
    }
  }
  return found
}

async function readManifest(dir: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')) as Manifest
}

function installedAt(dir: string, name: string): Promise<string> {
  return realpath(join(dir, 'node_modules', name))
}

/** The tarball of a package, made from a folder that holds what would be published. */
async function pack(from: string, manifest: Manifest, stage: string): Promise<string> {
  const { publishConfig, ...rest } = manifest
  if (!publishConfig?.exports) {
    throw new Error(`${manifest.name} has no publishConfig.exports, which should point into ./dist`)
  }
  await emit(from, stage)
  const published = {
    ...rest,
    private: false,
    ...(rest.files && { files: [...rest.files, ...licences] }),
    exports: publishConfig.exports,
    dependencies: await withVersions(from, manifest.dependencies),
    devDependencies: undefined,
  }
  await writeFile(join(stage, 'package.json'), JSON.stringify(published, undefined, 2))
  await cp(join(from, 'README.md'), join(stage, 'README.md')).catch(() => {})
  if (manifest.files?.includes('examples') === true)
    await cp(join(from, 'examples'), join(stage, 'examples'), { recursive: true })
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT'])
    await cp(join(root, name), join(stage, name))
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--offline'], {
    cwd: stage,
    env: { ...process.env, npm_config_update_notifier: 'false' },
  })
  const [packed] = JSON.parse(stdout) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ]
  const shipped = new Set(packed.files.map((file) => `./${file.path}`))
  for (const file of filesOf(publishConfig.exports)) {
    if (!shipped.has(file)) throw new Error(`${manifest.name} exports ${file}, which is not packed`)
  }
  const readme = await readFile(join(stage, 'README.md'), 'utf8').catch(() => '')
  for (const [, to = ''] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    const path = `./${to}`
    if (![...shipped].some((file) => file === path || file.startsWith(`${path}/`)))
      throw new Error(`the README of ${manifest.name} links to ${to}, which is not packed`)
  }
  for (const name of licences)
    if (!shipped.has(`./${name}`)) throw new Error(`${manifest.name} is packed without ${name}`)
  return join(stage, packed.filename)
}

/** JavaScript and declarations of a package's sources, in `dist` of the stage. */
async function emit(from: string, stage: string): Promise<void> {
  const config = JSON.parse(await readFile(join(from, 'tsconfig.json'), 'utf8')) as {
    readonly references?: readonly { readonly path: string }[]
  }
  await mkdir(stage, { recursive: true })
  const project = join(stage, 'tsconfig.json')
  const settings = {
    extends: join(from, 'tsconfig.json'),
    compilerOptions: {
      rootDir: join(from, 'src'),
      outDir: join(stage, 'dist'),
      typeRoots: [join(from, 'node_modules/@types'), join(root, 'node_modules/@types')],
      composite: false,
      incremental: false,
      tsBuildInfoFile: null,
      emitDeclarationOnly: false,
      declarationMap: false,
    },
    include: [join(from, 'src/**/*.ts'), join(from, 'src/**/*.tsx')],
    exclude: testSources.map((pattern) => join(from, 'src', pattern)),
    references: (config.references ?? []).map(({ path }) => ({ path: resolve(from, path) })),
  }
  await writeFile(project, JSON.stringify(settings))
  try {
    await run(tsc, ['-p', project])
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string }
    throw new Error(`${from} does not build:\n${stdout ?? ''}`, { cause: error })
  }
  await rm(project)
}

/** Versions in place of `workspace:` and `catalog:`, as publishing with pnpm does. */
async function withVersions(
  from: string,
  dependencies: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const entries = await Promise.all(
    Object.entries(dependencies).map(async ([name, range]) => {
      if (!/^(workspace|catalog):/.test(range)) return [name, range] as const
      const installed = await readManifest(await installedAt(from, name))
      const version = installed.version
      return [name, installed.name === name ? version : `npm:${installed.name}@${version}`] as const
    }),
  )
  return Object.fromEntries(entries)
}

async function install(tarball: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', to])
}

async function linkDependencies(
  from: string,
  manifest: Manifest,
  dir: string,
  packages: ReadonlyMap<string, Manifest>,
): Promise<void> {
  const packed = new Set([...packages.values()].map(({ name }) => name))
  const wanted = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  }
  for (const name of Object.keys(wanted)) {
    if (packed.has(name)) continue
    const target = await installedAt(from, name).catch(() => undefined)
    if (target === undefined) continue
    const link = join(dir, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(target, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

function entriesOf(manifest: Manifest): string[] {
  return Object.keys(manifest.publishConfig?.exports ?? {})
    .filter((path) => path !== './package.json')
    .map((path) => manifest.name + path.slice(1))
}

/** Every file that an exports map names. */
function filesOf(exports: unknown): string[] {
  if (typeof exports === 'string') return [exports]
  if (typeof exports !== 'object' || exports === null) return []
  return Object.values(exports).flatMap(filesOf)
}
