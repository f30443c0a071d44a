import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { collectErrors } from '@alkdev/operations'
import { isNestedDeeper } from '@alkdev/std'
import { RE2JS } from 're2js'
import { parse } from 'yaml'
import { ScriptFile } from './script.ts'
import type { Script } from './script.ts'

const MAX_FILES = 100
const MAX_BYTES = 1024 * 1024
const MAX_DEPTH = 32

/** The scripts, by the name of the model. */
export type Scripts = ReadonlyMap<string, Script>

/** The folder of the scripts that come with the hub. */
const BUILT_IN = join(import.meta.dirname, '../scripts')

interface ReadFile {
  /** Differs when the file has changed. */
  readonly version: string
  readonly models: Readonly<Record<string, Script>>
}

/**
 * The scripts that come with the hub and those of a folder, whose files (`*.yaml`, up to 100 of 1 MiB) count before them. A folder that does not exist
 * has none.
 */
export class ScriptLibrary {
  readonly #folder: string | undefined
  readonly #known = new Map<string, ReadFile>()

  constructor(folder?: string) {
    this.#folder = folder
  }

  /** The scripts as they are now: files that have changed are read again. Throws OperatorError for a file that is no script. */
  async read(): Promise<Scripts> {
    const own = this.#folder === undefined ? [] : await filesOf(this.#folder)
    const scripts = new Map<string, Script>()
    for (const file of [...(await filesOf(BUILT_IN)), ...own])
      for (const [name, script] of Object.entries(await this.#modelsOf(file)))
        scripts.set(name, script)
    return scripts
  }

  async #modelsOf(path: string): Promise<Readonly<Record<string, Script>>> {
    const { size, mtimeMs, ino } = await stat(path)
    const version = `${size} ${mtimeMs} ${ino}`
    const known = this.#known.get(path)
    if (known?.version === version) return known.models
    const models = await readScriptFile(path, size)
    this.#known.set(path, { version, models })
    return models
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return []
    throw new OperatorError(`The folder ${folder} can not be read.`, 'Check its permissions.', {
      cause: error,
    })
  })
  const scripts = names.filter((name) => /\.ya?ml$/.test(name)).toSorted()
  if (scripts.length > MAX_FILES)
    throw new OperatorError(
      `The folder ${folder} has more than ${MAX_FILES} scripts.`,
      'Put several models into one file.',
    )
  return scripts.map((name) => join(folder, name))
}

async function readScriptFile(
  path: string,
  size: number,
): Promise<Readonly<Record<string, Script>>> {
  const fail = (what: string, cause?: unknown): OperatorError =>
    new OperatorError(
      `The script ${basename(path)} is not valid: ${what}`,
      'Its format is in docs/reference/scripted-model.md.',
      { cause },
    )
  if (size > MAX_BYTES) throw fail('it is larger than 1 MiB.')
  let value: unknown
  try {
    value = parse(await readFile(path, 'utf8'), { maxAliasCount: 0 })
  } catch (error) {
    // The parser recurses, and reports the end of the stack as an error of its own.
    const isDeep = error instanceof RangeError || firstLine(error).includes('call stack')
    throw fail(isDeep ? 'it is nested too deeply.' : firstLine(error), error)
  }
  if (isNestedDeeper(value, MAX_DEPTH)) throw fail(`it is nested deeper than ${MAX_DEPTH} levels.`)
  const [first] = collectErrors(ScriptFile, value)
  if (first) throw fail(`${first.path} ${first.message}`)
  const { models } = value as ScriptFile
  for (const [name, { turns }] of Object.entries(models))
    for (const { when } of turns) if (when !== undefined) checkPattern(when, name, fail)
  return models
}

function checkPattern(
  pattern: string,
  name: string,
  fail: (what: string, cause: unknown) => OperatorError,
): void {
  try {
    RE2JS.compile(pattern)
  } catch (error) {
    throw fail(`\`when\` of ${name} is no RE2 pattern: ${pattern}`, error)
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0] ?? ''
}
