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
