import { configFilesIn, getValue, setValue } from '@alkdev/config'
import { formatKeyRing, parseKeyRing, SecretError } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import type { RingFile, RingPlan } from './key-ring-plan.ts'

const setting = 'encryptionKeys'

/** The key rings of the config files of a folder. Throws OperatorError when none has one or one can't be opened. */
export async function readRings(dir: string, masterKeyPath: string): Promise<RingFile[]> {
  const paths = await configFilesIn(dir).catch((cause: unknown) => {
    throw new OperatorError(`${dir} can't be read.`, 'Name the folder with --dir.', { cause })
  })
  const files: RingFile[] = []
  for (const path of paths) {
    const text = await getValue({ path, masterKeyPath, setting, reveal: true })
    if (typeof text === 'string') files.push({ path, entries: parse(path, text) })
  }
  if (files.length > 0) return files
  throw new OperatorError(
    `No config file in ${dir} has encryption keys.`,
    'Name the folder with --dir; `alkhub config init` makes one.',
  )
}

function parse(path: string, text: string): RingFile['entries'] {
  try {
    return parseKeyRing(text)
  } catch (cause) {
    if (!(cause instanceof SecretError)) throw cause
    throw new OperatorError(
      `In ${path}, ${cause.message}.`,
      'Correct it with `alkhub config set`.',
      {
        cause,
      },
    )
  }
}

/** Writes the ring of the plan into the files that lack it, each atomically. */
export async function writeRings(plan: RingPlan, masterKeyPath: string): Promise<void> {
  const value = formatKeyRing(plan.entries)
  for (const path of plan.changed) await setValue({ path, masterKeyPath, setting, value })
}
