import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkspacePackage } from './package-files.ts'

/** The packages whose source files have a limit, and the limit in lines of code. Blank lines, comments and tests do not count. */
const CORE = new Set(['bus', 'operations', 'spoke-broker', 'spoke'])
const MAX_LINES = 250

/** Source files of the core that are too long, one sentence each. */
export function checkFileLength(root: string, packages: readonly WorkspacePackage[]): string[] {
  return packages
    .filter(({ room }) => CORE.has(room))
    .flatMap(({ files }) => files.filter((file) => !file.test))
    .flatMap(({ path }) => {
      const message = tooLong(readFileSync(join(root, path), 'utf8'))
      return message === undefined ? [] : [`${path}: ${message}`]
    })
}

/** What is wrong with the length of a source, or undefined. */
export function tooLong(source: string): string | undefined {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').split('\n')
  const lines = code
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//')).length
  if (lines <= MAX_LINES) return undefined
  return `${lines} lines of code; split files of more than ${MAX_LINES} by concept`
}
