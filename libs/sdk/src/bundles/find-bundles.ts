import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Written last: a folder without it is not complete. */
export const COMPLETE = 'complete'

/**
 * A text that changes with the path, size and time of change of any source file of the services and libraries, with the packages, and with
 * the version of Node. Reads no file.
 */
export function sourceStamp(root: string): string {
  const hash = createHash('sha256').update(process.version)
  const add = (file: string): void => {
    const { size, mtimeMs } = statSync(file)
    hash.update(`\0${relative(root, file)}\0${size}\0${mtimeMs}`)
  }
  add(join(root, 'pnpm-lock.yaml'))
  for (const kind of ['libs', 'services'])
    for (const room of readdirSync(join(root, kind)).toSorted()) {
      const folder = join(root, kind, room)
      if (!existsSync(join(folder, 'package.json'))) continue
      add(join(folder, 'package.json'))
      const files = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
      for (const { name, parentPath } of files.filter((file) => isSource(file)))
        add(join(parentPath, name))
    }
  return hash.digest('hex').slice(0, 16)
}

function isSource(file: { readonly name: string; isFile(): boolean }): boolean {
  return file.isFile() && !/\.test\.tsx?$/.test(file.name)
}

/** The folder with the bundles of these sources, in `folder`. */
export function bundlesOf(folder: string, stamp: string): string {
  return join(folder, stamp)
}

/** The folder with the bundles of the sources as they are now; undefined when there are none: then processes start from the sources. */
export function findBundles(root: string, folder: string): string | undefined {
  const found = bundlesOf(folder, sourceStamp(root))
  return existsSync(join(found, COMPLETE)) ? found : undefined
}
