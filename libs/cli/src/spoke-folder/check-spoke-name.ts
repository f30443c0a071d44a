import { SPOKE_NAME_PATTERN } from '@alkdev/contracts'
import { UsageError } from '../failure.ts'

/** Throws UsageError for a text that can't be the name of a spoke. */
export function checkSpokeName(name: string): void {
  if (!new RegExp(SPOKE_NAME_PATTERN).test(name))
    throw new UsageError(
      `\`${name}\` can't be the name of a spoke.`,
      'Use lower-case letters, digits and hyphens, 63 at most, with a letter or digit first.',
    )
}
