import { addKey, formatKeyRing, promoteKey } from '@alkdev/crypto'
import type { KeyRingEntry } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'

/** A config file that has a key ring. */
export interface RingFile {
  readonly path: string
  readonly entries: readonly KeyRingEntry[]
}

/** The planned key ring of every file. */
export interface RingPlan {
  readonly entries: readonly KeyRingEntry[]
  /** Version of the newest key. */
  readonly newest: number
  /** Files that have to be written. */
  readonly changed: readonly string[]
}

/**
 * Adds a new key at the end, so that every instance can decrypt with it before any encrypts with it. A run that was interrupted between two
 * files is finished instead. Throws OperatorError while the last new key waits to be activated, and when the files do not belong together.
 */
export function planNewKey(files: readonly RingFile[]): RingPlan {
  const { whole, newest, lacking } = merged(files)
  if (lacking.length > 0) return planOf(files, whole, newest)
  const waiting = files.find(({ entries }) => entries[0]?.version !== newest)
  if (waiting !== undefined)
    throw new OperatorError(
      `The key v${newest} is in the ring and not yet in use.`,
      'Restart every service, then run `alkhub rotate-keys --activate`.',
    )
  const entries = addKey(whole)
  return planOf(files, entries, newestOf(entries))
}

/** The newest key to the front, so that it seals from the next start of each service on. Throws OperatorError when a file lacks it. */
export function planActivation(files: readonly RingFile[]): RingPlan {
  const { whole, newest, lacking } = merged(files)
  if (lacking.length > 0)
    throw new OperatorError(
      `${lacking.join(', ')} ${lacking.length === 1 ? 'lacks' : 'lack'} the key v${newest}.`,
      'Run `alkhub rotate-keys` without --activate first, and restart every service.',
    )
  return planOf(files, promoteKey(whole, newest), newest)
}

/** The ring without any key but the first. Throws OperatorError when the files do not agree on it, or nothing is to be removed. */
export function planRemoval(files: readonly RingFile[]): RingPlan {
  const { whole, newest } = merged(files)
  const waiting = files.find(({ entries }) => entries[0]?.version !== newest)
  if (waiting !== undefined)
    throw new OperatorError(
      `${waiting.path} does not seal with the newest key v${newest}.`,
      'Run `alkhub rotate-keys --activate` first.',
    )
  return planOf(
    files,
    whole.filter(({ version }) => version === newest),
    newest,
  )
}

/** The ring that has every key, its newest version, and the files that lack one. */
function merged(files: readonly RingFile[]): {
  readonly whole: readonly KeyRingEntry[]
  readonly newest: number
  readonly lacking: readonly string[]
} {
  const keys = new Map<number, string>()
  for (const { path, entries } of files)
    for (const { version, key } of entries) {
      if (keys.has(version) && keys.get(version) !== key)
        throw new OperatorError(
          `The key v${version} of ${path} is another one than that of the other files.`,
          'The config files do not belong together: restore those that were made together.',
        )
      keys.set(version, key)
    }
  const whole = files.find(({ entries }) => entries.length === keys.size)?.entries
  if (whole === undefined)
    throw new OperatorError(
      'No config file has all the keys that the others have.',
      'The config files do not belong together: restore those that were made together.',
    )
  const lacking = files.filter(({ entries }) => entries.length < keys.size).map(({ path }) => path)
  return { whole, newest: newestOf(whole), lacking }
}

function newestOf(entries: readonly KeyRingEntry[]): number {
  return Math.max(...entries.map((entry) => entry.version))
}

function planOf(
  files: readonly RingFile[],
  entries: readonly KeyRingEntry[],
  newest: number,
): RingPlan {
  const text = formatKeyRing(entries)
  const changed = files.filter((file) => formatKeyRing(file.entries) !== text)
  return { entries, newest, changed: changed.map(({ path }) => path) }
}
