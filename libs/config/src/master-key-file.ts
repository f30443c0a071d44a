import { MasterKey, SecretError } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { readText } from './config-file.ts'

/** The master key of a file: 32 bytes as base64, or a passphrase of 12 characters and more. Throws OperatorError that names the file. */
export async function readMasterKey(path: string): Promise<MasterKey> {
  const text = await readText(
    'master key file',
    path,
    'Correct ALKHUB_MASTER_KEY_PATH, or restore the key from a backup. Only where nothing is sealed yet, `alkhub config init` makes one.',
  )
  try {
    return new MasterKey(text, path)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new OperatorError(
      `The master key file ${path} is unusable: ${error.message}.`,
      'Restore it from a backup: another key opens nothing of what this one sealed.',
      { cause: error },
    )
  }
}
