import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { SdkLibrary } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { create } from 'tar'
import { bundleCode } from './bundle-code.ts'
import { collectDeclarations } from './collect-declarations.ts'
import type { Library } from './library.ts'
import { exactVersions, thirdPartyNotices } from './outside-packages.ts'
import { withWorkspaceDependencies } from './workspace.ts'
import type { Manifest } from './workspace.ts'

const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT']
/** The oldest Node that the bundled code is written for. */
const OLDEST_NODE = '20'
/** The time of every file, which npm uses as well. */
const TAR_TIME = new Date('1985-10-26T08:15:00.000Z')

export interface PackInput {
  /** Root of the repository. */
  readonly root: string
  readonly library: Library
  /** Declarations of all sources, from `emitDeclarations`. */
  readonly emitted: string
  /** An empty folder to work in. */
  readonly stage: string
  /** Where the tarball goes. */
  readonly outDir: string
}

/**
 * Makes the tarball of a library: bundled JavaScript, declarations, README, licences and examples; packages of the workspace inside, all
 * others as exact dependencies. Throws OperatorError when a file that it exports or that its README links to would be missing.
 */
export async function packLibrary(input: PackInput): Promise<SdkLibrary> {
  const { root, library, emitted, stage, outDir } = input
  const folder = join(root, 'libs', library.room)
  const inside = await withWorkspaceDependencies(folder)
  const own = [...inside.values()].find((each) => each.folder === folder)
  if (!own) throw new OperatorError(`${folder} is no package.`, 'Correct libs/sdk/src/library.ts.')
  const { manifest } = own
  await mkdir(stage, { recursive: true })

  const { outside, bundled } = await bundleCode(
    library,
    own,
    new Set(inside.keys()),
    join(stage, 'dist'),
  )
  const declarations = await collectDeclarations({
    root,
    own,
    inside,
    emitted,
    outDir: join(stage, 'dist/types'),
    selfContained: library.selfContained === true,
  })
  const peers = new Set(Object.keys(manifest.peerDependencies ?? {}))
  const needed = [...outside, ...declarations.outside].filter((name) => !peers.has(name))
  const dependencies = await exactVersions(needed, inside)
  const published = {
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    license: manifest.license,
    type: 'module',
    ...(manifest.sideEffects === false && { sideEffects: false }),
    exports: exportsOf(library, manifest, declarations.entries),
    dependencies,
    ...(peers.size > 0 && {
      peerDependencies: manifest.peerDependencies,
      peerDependenciesMeta: manifest.peerDependenciesMeta,
    }),
    engines: { node: `>=${library.oldestNode ?? OLDEST_NODE}` },
  }
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`)
  await cp(join(folder, 'README.md'), join(stage, 'README.md'))
  if (manifest.files?.includes('examples') === true)
    await cp(join(folder, 'examples'), join(stage, 'examples'), { recursive: true })
  for (const name of LICENCES) await cp(join(root, name), join(stage, name))

  if (bundled.size > 0)
    await writeFile(join(stage, 'THIRD-PARTY-LICENSES'), await thirdPartyNotices(bundled))

  await checkContents(stage, manifest.name, published.exports)
  const file = `${library.room}-${manifest.version}.tgz`
  const bytes = await writeTarball(stage, join(outDir, file))
  return {
    name: manifest.name,
    version: manifest.version,
    description: manifest.description ?? '',
    file,
    latest: `${library.room}.tgz`,
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    bytes: bytes.length,
  }
}

type PackedExports = Readonly<Record<string, Readonly<Record<string, string>>>>

function exportsOf(
  library: Library,
  manifest: Manifest,
  declarations: ReadonlyMap<string, string>,
): PackedExports {
  const codeOf = (file: string): string =>
    file.replace(/^\.\/src\//, './dist/').replace(/\.tsx?$/, '.js')
  const { exports: sources = {} } = manifest
  const browser = sources['./browser']
  return Object.fromEntries(
    Object.entries(sources).map(([path, file]) => [
      path,
      {
        types: `./dist/types/${declarations.get(path) ?? ''}`,
        ...(path === '.' &&
          library.hasBrowserMain === true &&
          browser !== undefined && { browser: codeOf(browser) }),
        default: codeOf(file),
      },
    ]),
  )
}

/** Everything that the manifest exports and that the README links to must be there. */
async function checkContents(stage: string, name: string, exports: PackedExports): Promise<void> {
  const readme = await readFile(join(stage, 'README.md'), 'utf8')
  const wanted = [
    ...Object.values(exports).flatMap((conditions) => Object.values(conditions)),
    ...[...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to = '']) => to),
  ]
  const missing = wanted.filter((path) => !existsSync(join(stage, path)))
  if (missing.length > 0)
    throw new OperatorError(
      `${name} exports or links to what is not packed: ${missing.join(', ')}.`,
      'Correct its exports or its README.',
    )
}

/** The tarball of a folder as npm expects it: everything below `package/`, the same bytes for the same content. */
async function writeTarball(stage: string, file: string): Promise<Buffer> {
  const entries = await readdir(stage, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(stage, join(entry.parentPath, entry.name)))
    .toSorted()
  await create(
    { gzip: { level: 9 }, file, cwd: stage, prefix: 'package', portable: true, mtime: TAR_TIME },
    files,
  )
  return readFile(file)
}
