import { SecretError } from '@alkdev/crypto'
import type { EncryptedData, MasterKey } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { dotted, pointer } from './failure.ts'
import type { ConfigFailure } from './failure.ts'

/** `{_encrypted: ...}` in place of a value. */
export interface EncryptedValue {
  readonly _encrypted: EncryptedData
}

/** Deeper than any section; a file that goes deeper is not followed. */
const MAX_DEPTH = 16

export function isEncryptedValue(value: unknown): value is EncryptedValue {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '_encrypted')
}

/** What a value of a config file is bound to. Not to the file, so that one may be renamed; a value moved to another path does not open. */
function configPlace(path: readonly string[]): string {
  return `config:${pointer(path)}`
}

/** `value` as JSON, sealed for `path`. */
export async function sealValue(
  value: unknown,
  path: readonly string[],
  key: MasterKey,
): Promise<EncryptedValue> {
  return { _encrypted: await key.encrypt(JSON.stringify(value), configPlace(path)) }
}

/** Opens one value. Throws SecretError that says the path and never the content. */
export async function openValue(
  value: EncryptedValue,
  path: readonly string[],
  key: MasterKey,
): Promise<unknown> {
  const plain = await key.decrypt(value._encrypted, configPlace(path))
  try {
    return JSON.parse(plain.toString('utf8')) as unknown
  } catch {
    // The parser's message could quote the content.
    throw new SecretError('MALFORMED', configPlace(path), 'opened, but is not JSON')
  }
}

/** The result of `run`; a SecretError becomes an OperatorError that says what to do. */
export async function openOrExplain<T>(run: Promise<T>): Promise<T> {
  try {
    return await run
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new OperatorError(
      `${error.message}.`,
      'Use the master key that the file was made with; a backup of the hub has it.',
      { cause: error },
    )
  }
}

/**
 * The members of a section of a file, opened when the section is sealed as a whole; members that are sealed by themselves stay sealed. Empty
 * for anything but an object. Throws OperatorError when it does not open.
 */
export async function openSection(
  section: unknown,
  name: string,
  key: MasterKey,
): Promise<Readonly<Record<string, unknown>>> {
  const opened = isEncryptedValue(section)
    ? await openOrExplain(openValue(section, [name], key))
    : section
  return typeof opened === 'object' && opened !== null && !Array.isArray(opened)
    ? (opened as Record<string, unknown>)
    : {}
}

/**
 * A copy of `value` with everything sealed inside it opened. What does not open goes to `failures` and is left out (undefined).
 * What was sealed is not searched for further sealed values.
 */
export async function openAll(
  value: unknown,
  path: readonly string[],
  key: MasterKey | undefined,
  failures: ConfigFailure[],
): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  if (isEncryptedValue(value)) return openOrReport(value, path, key, failures)
  if (path.length > MAX_DEPTH) {
    failures.push({ path: dotted(path), expected: 'is nested too deeply' })
    return undefined
  }
  if (Array.isArray(value))
    return Promise.all(
      value.map((item, index) => openAll(item, [...path, String(index)], key, failures)),
    )
  const entries = Object.entries(value).map(async ([name, member]) => [
    name,
    await openAll(member, [...path, name], key, failures),
  ])
  return Object.fromEntries(await Promise.all(entries)) as unknown
}

async function openOrReport(
  value: EncryptedValue,
  path: readonly string[],
  key: MasterKey | undefined,
  failures: ConfigFailure[],
): Promise<unknown> {
  if (key === undefined) {
    failures.push({
      path: dotted(path),
      expected: 'is encrypted, and no master key was given (ALKHUB_MASTER_KEY_PATH)',
    })
    return undefined
  }
  try {
    return await openValue(value, path, key)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    failures.push({
      path: dotted(path),
      expected: `cannot be decrypted: ${error.why}`,
      isSealed: true,
    })
    return undefined
  }
}
