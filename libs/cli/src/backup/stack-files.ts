import { resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { filesIn, readIfThere } from '@alkdev/service/admin'
import type { StackFile, StackKind } from '@alkdev/service/admin'
import type { StackPaths } from '../stack/paths.ts'

/** Names that a backup may have; none of them leads out of the folder. */
const NAMES: Readonly<Record<StackKind, RegExp>> = {
  local: /^(config\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}|admin\.key|spoke\.key)$/,
  compose: /^(secrets\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}|\.env)$/,
}

/** Throws OperatorError when a file of the backup would be written outside of the folders of the stack. */
export function requireOwnNames(stack: StackKind, names: readonly string[]): void {
  const other = names.find((name) => !NAMES[stack].test(name))
  if (other === undefined) return
  throw new OperatorError(
    `The backup has the file ${JSON.stringify(other)}, which is none of a stack.`,
    'Nothing was changed. Use a backup that `alkhub backup` made.',
  )
}

/** A line that this program and Compose read alike. */
const LINE = /^([A-Z][A-Z0-9_]*)=((?:[^\s'"`$\\#]+(?: [^\s'"`$\\#]+)*)?)$/
/** Files of Compose in the folder of a clone. */
const COMPOSE_FILES = /^docker-compose(?:\.[a-z]+)?\.yml(?::docker-compose(?:\.[a-z]+)?\.yml)*$/
const OWN_VARIABLE = /^(?:ALKHUB_[A-Z_]+|COMPOSE_PROJECT_NAME)$/

/**
 * Throws OperatorError for a `.env` of a backup that could write or run something else than the stack of the clone `root`: one that names another folder of
 * secrets than `secrets`, other files of Compose or other variables than those have, or that Compose reads otherwise than this program.
 */
export function requireOwnEnv(root: string, text: string): void {
  const seen = new Set<string>()
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', value = ''] = LINE.exec(line) ?? []
    if (seen.has(name) || !isOwn(root, name, value))
      throw new OperatorError(
        `Line ${at + 1} of the file .env in the backup could change more than this clone.`,
        'Nothing was changed. Make a file .env with the lines that this clone needs, and restore again: one that is there stays.',
      )
    seen.add(name)
  }
}

function isOwn(root: string, name: string, value: string): boolean {
  if (name === 'COMPOSE_FILE') return COMPOSE_FILES.test(value)
  // Another folder of the clone may hold programs.
  if (name === 'ALKHUB_SECRETS') return resolve(root, value) === resolve(root, 'secrets')
  return OWN_VARIABLE.test(name)
}

/** Config files, master key and the keys that `alkhub up` created. */
export async function localFiles(paths: StackPaths): Promise<StackFile[]> {
  const config = await filesIn(paths.config, 'config')
  const keys = await Promise.all(
    [['admin.key', paths.adminKey] as const, ['spoke.key', paths.spokeKey] as const].map(
      async ([name, path]) => readIfThere(name, path),
    ),
  )
  return [...config, ...keys.flat()]
}
