import { UsageError } from '../failure.ts'
import type { FlagSpec, Io, Parsed } from '../command.ts'
import { readSecret } from './secret-input.ts'

/** Flags that replace the secret of an outside service. */
export const secretFlags = {
  'secret-file': {
    type: 'string',
    value: 'FILE',
    summary: 'File that holds its secret; `-` reads standard input.',
  },
  'remove-secret': { type: 'boolean', summary: 'Remove its secret.' },
} as const satisfies Record<string, FlagSpec>

/** The new secret, null to remove it, undefined to keep it. Throws OperatorError for contradictory flags. */
export async function changedSecret(
  name: string,
  args: Parsed,
  io: Io,
): Promise<string | null | undefined> {
  const file = args.text('secret-file')
  if (!args.flag('remove-secret'))
    return file === undefined
      ? undefined
      : readSecret(io, { what: `secret of ${name}`, flag: 'secret-file', file })
  if (file === undefined) return null
  throw new UsageError('--remove-secret and --secret-file contradict each other.', 'Give one.')
}
