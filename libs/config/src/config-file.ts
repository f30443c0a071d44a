import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { LineCounter, parseDocument, stringify } from 'yaml'

const MAX_FILE_BYTES = 1024 * 1024

export type ConfigTree = Record<string, unknown>

function because(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  if (code === 'EISDIR') return 'is a folder'
  return `cannot be read (${code ?? 'unknown reason'})`
}

/**
 * The text of a file of 1 MiB at most. Throws OperatorError: `fix` is for a file that is not there; where the file is there and can't
 * be read, the fix is to let this user read it, because another file in its place would lose what the old one opens.
 */
export async function readText(what: string, path: string, fix: string): Promise<string> {
  try {
    await using file = await open(path, 'r')
    if ((await file.stat()).size > MAX_FILE_BYTES)
      throw new OperatorError(`The ${what} ${path} is larger than 1 MiB.`, fix)
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof OperatorError) throw error
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new OperatorError(
      `The ${what} ${path} ${because(error)}.`,
      absent ? fix : `Let the user of this process read ${path} (owner, mode, folders above it).`,
      { cause: error },
    )
  }
}

/**
 * The object in a YAML or JSON text. Throws OperatorError that says lines, never what stands in them: a line may hold a secret.
 */
export function parseConfigText(text: string, path: string): ConfigTree {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    prettyErrors: false,
    lineCounter: lines,
    version: '1.2',
    stringKeys: true,
  })
  const wrong = [...document.errors, ...document.warnings].map(
    (error) =>
      `line ${lines.linePos(error.pos[0]).line} (${error.code.toLowerCase().replaceAll('_', ' ')})`,
  )
  const fix = `Correct ${path}; values with special characters need quotes.`
  if (wrong.length > 0)
    throw new OperatorError(`${path} is not valid YAML or JSON: ${wrong.join(', ')}.`, fix)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 }) as unknown
  } catch {
    // The parser's message could quote the file.
    throw new OperatorError(`${path} has aliases that cannot be followed.`, fix)
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new OperatorError(`${path} does not hold an object of sections.`, fix)
  return value as ConfigTree
}

export async function readConfigFile(path: string): Promise<ConfigTree> {
  const fix = 'Make one with `alkhub config init`, or correct ALKHUB_CONFIG_PATH.'
  return parseConfigText(await readText('config file', path, fix), path)
}

/** The text of a tree, in the format that the file's name says (`.json`, else YAML). */
export function formatConfig(tree: ConfigTree, path: string): string {
  return extname(path) === '.json'
    ? `${JSON.stringify(tree, null, 2)}\n`
    : stringify(tree, { lineWidth: 0 })
}

export interface WriteOptions {
  /** Default 0600. */
  readonly mode?: number
  /** Replace what is there (default), or leave it alone and say so. */
  readonly replace?: boolean
}

/**
 * Writes a file whole or not at all: beside it, flushed, then moved over it. Folders are made with mode 0700.
 * Returns false when it was there already and `replace` is false.
 */
export async function writePrivateFile(
  path: string,
  content: string,
  options: WriteOptions = {},
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const mode = options.mode ?? 0o600
  const beside = `${path}.${randomUUID()}.tmp`
  try {
    {
      await using file = await open(beside, 'wx', mode)
      await file.writeFile(content)
      await file.sync()
    }
    // The mode given to open is cut by the umask.
    await chmod(beside, mode)
    if (options.replace === false) {
      if (!(await linkNew(beside, path))) return false
    } else await rename(beside, path)
    return true
  } finally {
    await rm(beside, { force: true })
  }
}

/** A hard link fails when the name is taken, so of two writers at once one wins and the other learns of it. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}
