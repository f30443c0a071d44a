import { readFile, stat } from 'node:fs/promises'
import { CodedError } from '@alkdev/errors'

export interface KeySource {
  /** Environment variable that holds the key. Default `ALKHUB_KEY`. */
  readonly variable?: string
  /** File that holds the key, read when the variable is not set. Default `spoke.key`. */
  readonly file?: string
}

/**
 * Reads an API key from an environment variable, or from a file that only its owner can read (mode 0600). Throws CodedError
 * VALIDATION_ERROR when there is neither, or when others can read the file. The message never holds the key.
 */
export async function readKey(source: KeySource = {}): Promise<string> {
  const { variable = 'ALKHUB_KEY', file = 'spoke.key' } = source
  // oxlint-disable-next-line node/no-process-env -- the only place of the library that reads the environment
  const given = process.env[variable]?.trim()
  if (given !== undefined && given !== '') return given
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile())
    throw new CodedError(
      'VALIDATION_ERROR',
      `No key: set ${variable}, or put the key into the file ${file} (mode 600).`,
    )
  // Windows has no such file modes.
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new CodedError('VALIDATION_ERROR', `Others can read ${file}: run \`chmod 600 ${file}\`.`)
  const key = (await readFile(file, 'utf8')).trim()
  if (key === '') throw new CodedError('VALIDATION_ERROR', `The key file ${file} is empty.`)
  return key
}
