import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundlePrograms } from './bundle-programs.ts'
import { bundlesOf, COMPLETE, findBundles, sourceStamp } from './find-bundles.ts'
import { STACK_PROGRAMS } from './programs.ts'

/**
 * Bundles the programs of a local stack, with all packages, below `folder`: a process then loads a few files instead of some 1,500. Keeps bundles of the
 * same sources, and deletes those of others. False: they existed already.
 */
export async function buildBundles(root: string, folder: string): Promise<boolean> {
  if (findBundles(root, folder) !== undefined) return false
  const stamp = sourceStamp(root)
  await mkdir(folder, { recursive: true })
  const stage = join(folder, `.stage-${process.pid}`)
  try {
    await bundlePrograms(root, stage, STACK_PROGRAMS)
    await writeFile(join(stage, COMPLETE), '')
    // Sources that changed meanwhile have another stamp, under which no start looks for these.
    await rm(bundlesOf(folder, stamp), { recursive: true, force: true })
    await rename(stage, bundlesOf(folder, stamp))
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  for (const name of await readdir(folder))
    if (name !== stamp) await rm(join(folder, name), { recursive: true, force: true })
  return true
}
