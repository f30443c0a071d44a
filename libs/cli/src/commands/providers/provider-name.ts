import { positional } from '../../command.ts'
import type { Parsed } from '../../command.ts'

/** The provider that a command names first. */
export function providerName(args: Parsed): string {
  return positional(args, 0, 'Which provider?', 'Its name is shown by `alkhub providers list`.')
}
