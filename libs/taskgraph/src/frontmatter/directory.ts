import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInputError } from '../errors.ts'
import { checkTasks } from '../graph/check-tasks.ts'
import type { TaskInput } from '../schema/task.ts'
import type { FrontmatterProblem } from './problem.ts'
import { readFrontmatter } from './read.ts'
import type { TextPlace } from './yaml-block.ts'

/** One task file. */
export interface TaskFile {
  /** Path below the directory that was read, with `/` between the parts. */
  readonly path: string
  readonly task: TaskInput
  /** The Markdown after the front matter. */
  readonly body: string
  /** Where each field stands in the file. */
  readonly places: ReadonlyMap<string, TextPlace>
}

/** A problem and the file it is in; `path` is below the directory that was read. */
export interface TaskFileProblem extends FrontmatterProblem {
  readonly path: string
  /** `error`: the file gives no task, or one whose dependencies can't be followed. `warning`: a field is ignored. */
  readonly severity: 'error' | 'warning'
  /** The file system's error of an `unreadable` file. */
  readonly cause?: unknown
}

/** All that a directory of task files holds, ordered by path. */
export interface TaskDirectory {
  /** The good files; of two with the same id the first by path. */
  readonly files: readonly TaskFile[]
  /** Everything wrong, in files and between them, ordered by path and line. */
  readonly problems: readonly TaskFileProblem[]
  /** Markdown files without any front matter: they are text, not tasks. */
  readonly ignored: readonly string[]
}

export interface ReadTaskDirectoryOptions {
  /** Markdown files read at most; beyond it one `limit` problem is reported. Default 20,000. */
  readonly maxFiles?: number
  /** Largest file in bytes; a larger one is a `too-large` problem. Default 1 MiB. */
  readonly maxFileBytes?: number
  /** Folders below the root that are entered. Default 32. */
  readonly maxDepth?: number
  /** Stops the reading; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const filesAtOnce = 16

/**
 * Reads every `.md` file below a directory, with every problem and its line. Hidden folders,
 * `node_modules` and symbolic links are passed over. A file that can't be read is a problem of its own;
 * only a root that can't be listed rejects, with the error of the file system.
 */
export async function readTaskDirectory(
  root: string,
  options: ReadTaskDirectoryOptions = {},
): Promise<TaskDirectory> {
  const { maxFiles = 20_000, maxFileBytes = 1_048_576, maxDepth = 32, signal } = options
  const problems: TaskFileProblem[] = []
  const note: Note = (path, problem) => {
    problems.push({ path, field: '', line: 1, column: 1, severity: 'error', ...problem })
  }
  const paths = await listMarkdown(root, { maxFiles, maxDepth, signal, note })
  const files: TaskFile[] = []
  const ignored: string[] = []
  for (let at = 0; at < paths.length; at += filesAtOnce) {
    signal?.throwIfAborted()
    const batch = paths.slice(at, at + filesAtOnce)
    const texts = await Promise.all(batch.map((path) => readText(join(root, path), maxFileBytes)))
    for (const [index, text] of texts.entries()) {
      const path = batch[index] ?? ''
      if (typeof text !== 'string') {
        note(path, text)
        continue
      }
      const reading = readFrontmatter(text)
      for (const warning of reading.warnings)
        problems.push({ path, severity: 'warning', ...warning })
      if (reading.task !== undefined) {
        files.push({ path, task: reading.task, body: reading.body, places: reading.places })
      } else if (reading.problems[0]?.code === 'no-frontmatter') {
        ignored.push(path)
      } else {
        for (const problem of reading.problems)
          problems.push({ path, severity: 'error', ...problem })
      }
    }
  }
  const { kept, found } = checkFiles(files)
  problems.push(...found)
  problems.sort((a, b) => compare(a.path, b.path) || a.line - b.line || a.column - b.column)
  return { files: kept, problems, ignored }
}

/**
 * The tasks of a directory, in the order of their paths. Files that are no good tasks are left out; hand in
 * `onProblem` to hear of each, or use `readTaskDirectory`.
 * @throws errors of the file system as they are; InvalidInputError when a limit leaves files out.
 */
export async function parseTaskDirectory(
  path: string,
  options: ReadTaskDirectoryOptions & { onProblem?: (problem: TaskFileProblem) => void } = {},
): Promise<TaskInput[]> {
  const { onProblem, ...rest } = options
  const directory = await readTaskDirectory(path, rest)
  for (const problem of directory.problems) {
    if (problem.code === 'unreadable') throw problem.cause
    if (problem.code === 'limit')
      throw new InvalidInputError('', problem.message, { path: problem.path })
    onProblem?.(problem)
  }
  return directory.files.map((file) => file.task)
}

/** What is wrong between files. Of two with one id only the first by path is kept. */
function checkFiles(files: readonly TaskFile[]): { kept: TaskFile[]; found: TaskFileProblem[] } {
  const found: TaskFileProblem[] = []
  const dropped = new Set<number>()
  for (const problem of checkTasks(files.map((file) => file.task))) {
    const file = files[problem.index]
    if (file === undefined) continue
    let { message } = problem
    if (problem.code === 'duplicate-id') {
      dropped.add(problem.index)
      message = `the id "${problem.taskId}" is already used by ${files[problem.firstIndex ?? 0]?.path}`
    }
    const at = file.places.get(problem.field) ?? { line: 1, column: 1 }
    found.push({
      path: file.path,
      code: problem.code,
      field: problem.field,
      message,
      severity: 'error',
      ...at,
    })
  }
  return { kept: files.filter((_, index) => !dropped.has(index)), found }
}

type Note = (path: string, problem: Unreadable) => void

interface ListOptions {
  readonly maxFiles: number
  readonly maxDepth: number
  readonly signal: AbortSignal | undefined
  readonly note: Note
}

async function listMarkdown(root: string, options: ListOptions): Promise<string[]> {
  const { maxFiles, maxDepth, signal, note } = options
  const found: string[] = []
  const waiting: { path: string; depth: number }[] = [{ path: '', depth: 0 }]
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    signal?.throwIfAborted()
    const entries = await listFolder(join(root, folder.path)).catch((error: unknown) => {
      if (folder?.depth === 0) throw error
      const message = `the folder can't be listed (${codeOf(error)})`
      note(folder?.path ?? '', { code: 'unreadable', message, cause: error })
      return []
    })
    for (const entry of entries) {
      const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`
      if (entry.isDirectory()) {
        if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
        if (folder.depth < maxDepth) waiting.push({ path, depth: folder.depth + 1 })
        else note(path, { code: 'limit', message: `folders deeper than ${maxDepth} are not read` })
      } else if (entry.isFile() && entry.name.endsWith('.md')) {
        if (found.length === maxFiles) {
          const message = `more than ${maxFiles} files; this one and others are not read`
          note(path, { code: 'limit', message })
          return found.toSorted(compare)
        }
        found.push(path)
      }
    }
  }
  return found.toSorted(compare)
}

async function listFolder(path: string) {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.toSorted((a, b) => compare(a.name, b.name))
}

type Unreadable = Pick<TaskFileProblem, 'code' | 'message' | 'cause'>

/** The text of a file, or why there is none. */
async function readText(path: string, maxBytes: number): Promise<string | Unreadable> {
  let bytes: Buffer
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    if (size > maxBytes)
      return { code: 'too-large', message: `the file is larger than ${maxBytes} bytes` }
    bytes = await file.readFile()
  } catch (error) {
    return {
      code: 'unreadable',
      message: `the file can't be read (${codeOf(error)})`,
      cause: error,
    }
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // Falls through to the one message for everything that is not text.
  }
  return { code: 'not-text', message: 'the file is not UTF-8 text' }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
