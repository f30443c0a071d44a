import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { bundlePrograms } from './bundle-programs.ts'
import { copyPackages, packagesOf } from './copy-packages.ts'
import { IMAGE_FILES, IMAGE_PROGRAMS } from './programs.ts'

const PROXY = 'services/inference-proxy'

/**
 * Writes into `folder` what the container image has of a clone: the bundles of its programs in `programs`, the files that they read, and the packages of the AI
 * SDK that its settings may name (`inference.packages`). The image must have the contents of `folder` at the path `root`, which the bundles know.
 * Returns what esbuild says of the bundles.
 */
export async function buildImage(root: string, folder: string): Promise<Metafile> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const bundles = await bundlePrograms(root, join(folder, 'programs'), IMAGE_PROGRAMS)
  for (const file of IMAGE_FILES)
    await cp(join(root, file), join(folder, file), {
      recursive: true,
      filter: (path) => !path.endsWith('_snapshot.json'),
    })
  const bundled = Object.keys(bundles.inputs)
  const names: string[] = []
  for (const [name, place] of await packagesOf(root, PROXY))
    if (name.startsWith('@ai-sdk/') || !bundled.some((input) => input.startsWith(`${place}/`)))
      names.push(name)
  await copyPackages(root, { room: PROXY, names, to: folder })
  await letAllRead(folder)
  return bundles
}

/** The user of the services reads every file, whatever the umask was with which the clone was made. */
async function letAllRead(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await letAllRead(path)
    else if (entry.isFile()) await chmod(path, 0o644)
  }
}
