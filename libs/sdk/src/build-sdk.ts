import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SDK_LISTING_FILE } from '@alkdev/contracts'
import type { SdkLibrary, SdkListing } from '@alkdev/contracts'
import { hashInputs } from './build-inputs.ts'
import { emitDeclarations } from './emit-declarations.ts'
import { LIBRARIES } from './library.ts'
import type { Library } from './library.ts'
import { packLibrary } from './pack-library.ts'
import { withWorkspaceDependencies } from './workspace.ts'

const STAGE_MS = 60 * 60_000

export interface BuildSdkInput {
  /** Root of the repository, with its packages installed. */
  readonly root: string
  /** Where the tarballs and `index.json` go; made when it is missing. */
  readonly outDir: string
  /** Default: all. */
  readonly libraries?: readonly Library[]
}

/**
 * Builds and packs the libraries into `outDir`, unless it holds them already, built from the same sources. The listing is
 * replaced last and whole, so a reader finds every tarball that it names. Throws OperatorError when a library does not build.
 */
export async function buildSdk(
  input: BuildSdkInput,
): Promise<{ readonly listing: SdkListing; readonly built: boolean }> {
  const { root, outDir, libraries = LIBRARIES } = input
  const inputs = await hashInputs(root, libraries)
  const before = await readListing(outDir)
  if (before?.inputs === inputs) return { listing: before, built: false }
  await mkdir(outDir, { recursive: true })
  await removeOldStages(outDir)
  const stage = await mkdtemp(join(outDir, '.stage-'))
  try {
    const emitted = await emitDeclarations(root, await entryFiles(root, libraries), stage)
    const packed: SdkLibrary[] = []
    for (const library of libraries)
      packed.push(
        await packLibrary({
          root,
          library,
          emitted,
          stage: join(stage, library.room),
          outDir: stage,
        }),
      )
    for (const { file } of packed) await rename(join(stage, file), join(outDir, file))
    const listing: SdkListing = { inputs, libraries: packed }
    const written = join(stage, SDK_LISTING_FILE)
    await writeFile(written, `${JSON.stringify(listing, undefined, 2)}\n`)
    await rename(written, join(outDir, SDK_LISTING_FILE))
    await removeOthers(outDir, listing)
    return { listing, built: true }
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

/** The entries of the libraries and of the packages of the workspace that they need, by the names under which they are imported. */
async function entryFiles(
  root: string,
  libraries: readonly Library[],
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const { room } of libraries) {
    const packages = await withWorkspaceDependencies(join(root, 'libs', room))
    for (const { folder, manifest } of packages.values())
      for (const [path, file] of Object.entries(manifest.exports ?? {}))
        files.set(manifest.name + path.slice(1), join(folder, file))
  }
  return files
}

async function readListing(outDir: string): Promise<SdkListing | undefined> {
  try {
    return JSON.parse(await readFile(join(outDir, SDK_LISTING_FILE), 'utf8')) as SdkListing
  } catch {
    return undefined
  }
}

/** Removes what builds left that were killed. A build takes far less than this. */
async function removeOldStages(outDir: string): Promise<void> {
  for (const name of await readdir(outDir)) {
    if (!name.startsWith('.stage-')) continue
    const { mtimeMs } = await stat(join(outDir, name)).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > STAGE_MS)
      await rm(join(outDir, name), { recursive: true, force: true })
  }
}

/** Tarballs of older versions go when no listing names them. */
async function removeOthers(outDir: string, { libraries }: SdkListing): Promise<void> {
  const named = new Set(libraries.map(({ file }) => file))
  for (const file of await readdir(outDir))
    if (file.endsWith('.tgz') && !named.has(file)) await rm(join(outDir, file), { force: true })
}
