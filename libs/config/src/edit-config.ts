import { stat } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import type { MasterKey } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { parseDocument } from 'yaml'
import { parseConfigText, readText, writePrivateFile } from './config-file.ts'
import { parseConfigPath, schemaAt } from './config-path.ts'
import {
  isEncryptedValue,
  openAll,
  openOrExplain,
  openValue,
  sealValue,
} from './encrypted-values.ts'
import type { EncryptedValue } from './encrypted-values.ts'
import { failureLine } from './failure.ts'
import type { ConfigFailure } from './failure.ts'
import { configSections } from './hub-config.ts'
import type { SectionName } from './hub-config.ts'
import { readMasterKey } from './master-key-file.ts'
import { resolveSection } from './resolve.ts'
import { validate, wrapSecrets } from './validate.ts'

export interface ConfigTarget {
  /** The config file. */
  readonly path: string
  readonly masterKeyPath?: string
  /** `postgres.url`, or a JSON Pointer where a name has dots. */
  readonly setting: string
}

const NO_KEY = 'Name the master key file with ALKHUB_MASTER_KEY_PATH.'

async function masterKey(path: string | undefined, setting: string): Promise<MasterKey> {
  if (path !== undefined) return readMasterKey(path)
  throw new OperatorError(
    `${setting} is or must be encrypted, and no master key was given.`,
    NO_KEY,
  )
}

/** `{_encrypted: ...}` for pasting at `setting` of a config file; opens at that setting only. */
export async function encryptValue(input: {
  readonly masterKeyPath: string
  readonly setting: string
  readonly value: unknown
}): Promise<EncryptedValue> {
  return sealValue(
    input.value,
    parseConfigPath(input.setting),
    await readMasterKey(input.masterKeyPath),
  )
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/**
 * What the file says at `setting`, opened; undefined when it says nothing. Secrets read `[secret]` unless `reveal` is set.
 * Throws OperatorError when it can't be opened.
 */
export async function getValue(
  input: ConfigTarget & { readonly reveal?: boolean },
): Promise<unknown> {
  const names = parseConfigPath(input.setting)
  const tree = parseConfigText(
    await readText('config file', input.path, 'Correct the path.'),
    input.path,
  )
  let value: unknown = tree
  for (const [depth, name] of names.entries()) {
    value = member(value, name)
    if (isEncryptedValue(value))
      value = await openOrExplain(
        openValue(
          value,
          names.slice(0, depth + 1),
          await masterKey(input.masterKeyPath, input.setting),
        ),
      )
  }
  if (!input.reveal)
    return hide(schemaAt(names), await openQuietly(value, names, input.masterKeyPath))
  const failures: ConfigFailure[] = []
  const opened = await openAll(
    value,
    names,
    input.masterKeyPath === undefined ? undefined : await readMasterKey(input.masterKeyPath),
    failures,
  )
  if (failures.length > 0)
    throw new OperatorError(`${failures.map(failureLine).join('; ')}.`, NO_KEY)
  return opened
}

async function openQuietly(
  value: unknown,
  names: readonly string[],
  keyPath: string | undefined,
): Promise<unknown> {
  return openAll(value, names, keyPath === undefined ? undefined : await readMasterKey(keyPath), [])
}

function hide(schema: ReturnType<typeof schemaAt>, value: unknown): unknown {
  if (schema === undefined || value === undefined) return value
  return JSON.parse(JSON.stringify(wrapSecrets(schema, value))) as unknown
}

/**
 * Writes `value` at `setting`, keeping the comments of a YAML file. It is encrypted when the setting is a secret, when what was there (or
 * what it lies in) was encrypted, or when `encrypt` is set. The section is checked first: an OperatorError lists what is wrong, and
 * nothing is written.
 */
export async function setValue(
  input: ConfigTarget & { readonly value: unknown; readonly encrypt?: boolean },
): Promise<void> {
  const { value } = input
  await edit(input, { value, encrypt: input.encrypt === true })
}

/**
 * Takes `setting` out of the file, so that its default counts. False when the file does not contain it. Throws OperatorError, and writes nothing, when the section does not fit
 * without it.
 */
export async function unsetValue(input: ConfigTarget): Promise<boolean> {
  if ((await getValue(input)) === undefined) return false
  await edit(input, undefined)
  return true
}

/** `change`: undefined takes the setting out. */
async function edit(
  input: ConfigTarget,
  change: { readonly value: unknown; readonly encrypt: boolean } | undefined,
): Promise<void> {
  const names = parseConfigPath(input.setting)
  const text = await readText('config file', input.path, 'Make one with `alkhub config init`.')
  const tree = parseConfigText(text, input.path)
  const sealedAt = sealedDepth(tree, names)
  const isSecret = change !== undefined && (change.encrypt || schemaAt(names)?.['secret'] === true)
  const mustSeal = sealedAt !== undefined || isSecret
  const key = mustSeal ? await masterKey(input.masterKeyPath, input.setting) : undefined
  const target = names.slice(0, sealedAt ?? names.length)
  const before = target.reduce<unknown>(member, tree)
  const opened =
    isEncryptedValue(before) && key !== undefined
      ? await openOrExplain(openValue(before, target, key))
      : before
  const after = replaced(opened, names.slice(target.length), change?.value)
  await assertSection(input, tree, target, after)

  const document = parseDocument(text, { version: '1.2' })
  if (after === undefined) document.deleteIn(target)
  else document.setIn(target, key === undefined ? after : await sealValue(after, target, key))
  const json = extname(input.path) === '.json' || text.trimStart().startsWith('{')
  const content = json
    ? `${JSON.stringify(document.toJS(), null, 2)}\n`
    : document.toString({ lineWidth: 0 })
  await writePrivateFile(input.path, content, { mode: (await stat(input.path)).mode & 0o777 })
}

/** How many names lead to the outermost sealed value on the way, itself included; undefined when there is none. */
function sealedDepth(tree: unknown, names: readonly string[]): number | undefined {
  let value = tree
  for (const [depth, name] of names.entries()) {
    value = member(value, name)
    if (isEncryptedValue(value)) return depth + 1
  }
  return undefined
}

/** A copy of `value` with `replacement` in place of what `names` lead to, or without it; objects on the way are made. */
function replaced(value: unknown, names: readonly string[], replacement: unknown): unknown {
  const [name, ...rest] = names
  if (name === undefined) return replacement
  const base = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  const { [name]: _, ...others } = base as Record<string, unknown>
  const next = replaced(member(base, name), rest, replacement)
  return next === undefined ? others : { ...base, [name]: next }
}

async function assertSection(
  input: ConfigTarget,
  tree: unknown,
  target: readonly string[],
  after: unknown,
): Promise<void> {
  const name = target[0] as SectionName
  const failures: ConfigFailure[] = []
  const key =
    input.masterKeyPath === undefined ? undefined : await readMasterKey(input.masterKeyPath)
  const section = replaced(member(tree, name), target.slice(1), after)
  const opened = await openAll(section, [name], key, failures)
  // Before the defaults are filled in.
  const given = new Set(Object.keys(opened ?? {}))
  const checked = validate(configSections[name], opened, [name])
  failures.push(...checked.failures)
  if (failures.length === 0) {
    const folder = dirname(resolve(input.path))
    const context = { service: 'gateway', folder, given, failures } as const
    await resolveSection(name, wrapSecrets(configSections[name], checked.value), context)
  }
  if (failures.length > 0)
    throw new OperatorError(
      `Nothing was written: ${failures.map(failureLine).join('; ')}.`,
      'Give a value that fits; docs/reference/config.md lists every setting.',
    )
}
