import { readdir, rename, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { MasterKey, SecretError, generateKey } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { exists, formatConfig, readConfigFile, writePrivateFile } from './config-file.ts'
import type { ConfigTree } from './config-file.ts'
import { isEncryptedValue, openValue, sealValue } from './encrypted-values.ts'
import { readMasterKey } from './master-key-file.ts'

export interface RotateMasterInput {
  readonly masterKeyPath: string
  /** Every config file that the key decrypts; `configFilesIn(dir)` lists those of a folder. */
  readonly configPaths: readonly string[]
  /** A passphrase of at least 12 characters. Default: a new random key. */
  readonly passphrase?: string
}

export interface RotateMasterResult {
  /** Number of values encrypted in this run. */
  readonly values: number
  readonly files: readonly string[]
}

/** The config files of a folder: `.json`, `.yaml`, `.yml`. */
export async function configFilesIn(dir: string): Promise<string[]> {
  const names = await readdir(dir)
  return names
    .filter((name) => ['.json', '.yaml', '.yml'].includes(extname(name)))
    .map((name) => join(resolve(dir), name))
    .toSorted()
}

/**
 * Encrypts every value of the files under a new master key, which then replaces the old one. Nothing is changed unless every value can be
 * decrypted. Until the end, the new key is stored beside the old one as `<file>.next`, so that the next run finishes an interrupted one.
 */
export async function rotateMaster(input: RotateMasterInput): Promise<RotateMasterResult> {
  const nextPath = `${input.masterKeyPath}.next`
  const old = await readMasterKey(input.masterKeyPath)
  const mode = (await stat(input.masterKeyPath)).mode & 0o777
  const unfinished = (await exists(nextPath)) ? await readMasterKey(nextPath) : undefined
  const text = input.passphrase ?? generateKey()
  const next = unfinished ?? new MasterKey(text, 'new master key')
  const keys = unfinished === undefined ? [old] : [next, old]

  const trees = await Promise.all(
    input.configPaths.map(async (path) => ({ path, opened: await openTree(path, keys) })),
  )
  if (unfinished === undefined) await writePrivateFile(nextPath, `${text}\n`, { mode })
  let values = 0
  for (const { path, opened } of trees) {
    const tree = (await sealTree(opened, [], next, () => values++)) as ConfigTree
    await writePrivateFile(path, formatConfig(tree, path), {
      mode: (await stat(path)).mode & 0o777,
    })
  }
  await rename(nextPath, input.masterKeyPath)
  return { values, files: input.configPaths }
}

/** Marks a value that was encrypted, so that exactly these values are encrypted again. */
class Opened {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

async function openTree(path: string, keys: readonly MasterKey[]): Promise<unknown> {
  const tree = await readConfigFile(path)
  try {
    return await mapTree(tree, [], async (value, at) =>
      isEncryptedValue(value) ? new Opened(await openWithAny(value, at, keys)) : undefined,
    )
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new OperatorError(
      `Nothing was changed: in ${path}, ${error.message}.`,
      'Correct that value with `alkhub config set`, then rotate again.',
      { cause: error },
    )
  }
}

async function openWithAny(
  value: Parameters<typeof openValue>[0],
  at: readonly string[],
  keys: readonly MasterKey[],
): Promise<unknown> {
  let last: unknown
  for (const key of keys) {
    try {
      return await openValue(value, at, key)
    } catch (error) {
      last = error
    }
  }
  throw last
}

function sealTree(
  tree: unknown,
  at: readonly string[],
  key: MasterKey,
  count: () => void,
): Promise<unknown> {
  return mapTree(tree, at, async (value, path) => {
    if (!(value instanceof Opened)) return undefined
    count()
    return sealValue(value.value, path, key)
  })
}

/** A copy of a tree in which each value that `change` answers for is replaced by the answer. */
async function mapTree(
  value: unknown,
  at: readonly string[],
  change: (value: unknown, at: readonly string[]) => Promise<object | undefined>,
): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  const changed = await change(value, at)
  if (changed !== undefined) return changed
  if (Array.isArray(value))
    return Promise.all(value.map((item, index) => mapTree(item, [...at, String(index)], change)))
  const members = Object.entries(value).map(async ([name, item]) => [
    name,
    await mapTree(item, [...at, name], change),
  ])
  return Object.fromEntries(await Promise.all(members)) as unknown
}
