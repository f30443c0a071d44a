import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CallError } from '../calls/call-error.ts'
import type { AnyHandler } from './handlers.ts'
import type { RegisteredOperation } from './registry-types.ts'
import type { IOperationDefinition } from './types.ts'
import { validateSpec } from './validate-spec.ts'

export interface ScannerEntry {
  readonly name: string
  readonly isFile: boolean
  readonly isDirectory: boolean
}

/** The file system functions of the scanner. */
export interface ScannerFS {
  readdir(path: string): AsyncIterable<ScannerEntry>
  /** The base of a relative folder. */
  cwd(): string
}

/** Operations by their id, as a build may list them. */
export interface OperationManifest {
  readonly operations: Readonly<Record<string, IOperationDefinition>>
  readonly baseUrl?: string
}

export interface ScanProblem {
  /** The file. */
  readonly path: string
  readonly kind: 'import' | 'no-default-export' | 'invalid'
  readonly error: unknown
}

export interface ScanOptions {
  /** Called with files that contain no operation. Default: `console.warn` with the file and the reason. */
  readonly onProblem?: (problem: ScanProblem) => void
}

/** Maximum levels of folders, and maximum number of files. */
const MAX_DEPTH = 32
const MAX_FILES = 10_000

/**
 * The operations that the files below a folder have as their default export (a spec, with or without its handler), in the order of their
 * paths. Files are `.ts`, `.mts`, `.js` and `.mjs`, but not declarations (`.d.ts`), tests (`.test.ts`, `.spec.ts`), nor anything in
 * `node_modules` or a hidden folder. What holds no valid operation is reported to `onProblem` and left out. Reads with `node:fs` unless
 * `fs` is given. Rejects with what `fs.readdir` throws for a folder that can't be read, and with CallError VALIDATION_ERROR beyond 32
 * levels or 10 000 files.
 */
export async function scanOperations(
  dirPath: string,
  fs?: ScannerFS,
  options: ScanOptions = {},
): Promise<RegisteredOperation[]> {
  const reader = fs ?? (await nodeFs())
  const report = options.onProblem ?? warn
  const found: RegisteredOperation[] = []
  for (const path of await filesBelow(resolve(reader.cwd(), dirPath), reader)) {
    let exported: unknown
    try {
      const module = (await import(pathToFileURL(path).href)) as { default?: unknown }
      exported = module.default
    } catch (error) {
      report({ path, kind: 'import', error })
      continue
    }
    if (exported === undefined) {
      report({ path, kind: 'no-default-export', error: undefined })
      continue
    }
    try {
      found.push(operationIn(exported))
    } catch (error) {
      report({ path, kind: 'invalid', error })
    }
  }
  return found
}

function operationIn(exported: unknown): RegisteredOperation {
  const { handler, ...spec } = exported as { readonly handler?: AnyHandler }
  const valid = validateSpec(spec)
  return handler === undefined ? valid : { ...valid, handler }
}

async function filesBelow(root: string, fs: ScannerFS): Promise<string[]> {
  const files: string[] = []
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw tooMany(`has more than ${MAX_DEPTH} levels`)
    for await (const entry of fs.readdir(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
        await visit(path, depth + 1)
      else if (entry.isFile && isModule(entry.name)) files.push(path)
      if (files.length > MAX_FILES) throw tooMany(`has more than ${MAX_FILES} files`)
    }
  }
  await visit(root, 0)
  return files.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function tooMany(message: string): CallError {
  return new CallError('VALIDATION_ERROR', `The folder of operations ${message}.`)
}

function isModule(name: string): boolean {
  return /\.m?[jt]s$/.test(name) && !/\.(?:d|test|spec|bench)\.m?[jt]s$/.test(name)
}

async function nodeFs(): Promise<ScannerFS> {
  const { opendir } = await import('node:fs/promises')
  return {
    cwd: () => process.cwd(),
    async *readdir(path) {
      for await (const entry of await opendir(path))
        yield { name: entry.name, isFile: entry.isFile(), isDirectory: entry.isDirectory() }
    },
  }
}

function warn({ path, kind, error }: ScanProblem): void {
  console.warn(`No operation in ${path} (${kind})`, ...(error === undefined ? [] : [error]))
}
