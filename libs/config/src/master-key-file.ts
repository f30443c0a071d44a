import { MasterKey, SecretError } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { readText } from './config-file.ts'

/** The master key of a file: 32 bytes as base64, or a passphrase of 12 characters and more. Throws OperatorError that names the file. */
export async function readMasterKey(path: string): Promise<MasterKey> {
  const fix = 'Correct ALKHUB_MASTER_KEY_PATH, or make a key with `alkhub config init`.'
  const text = await readText('master key file', path, fix)
  try {
    return new MasterKey(text, path)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new OperatorError(`The master key file ${path} is unusable: ${error.message}.`, fix, {
      cause: error,
    })
  }
}
