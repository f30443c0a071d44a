import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, resolve, sep } from 'node:path'

/** The file of a program: at its path below `cwd`, or in a folder of `path` if its name has no slash. Undefined when there is none that can be run. */
export function findProgram(
  name: string,
  { cwd, path = '' }: { readonly cwd: string; readonly path?: string | undefined },
): string | undefined {
  const files =
    name.includes('/') || name.includes(sep)
      ? [resolve(cwd, name)]
      : path.split(delimiter).map((folder) => resolve(cwd, folder, name))
  return files.find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
