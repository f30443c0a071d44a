import { join } from 'node:path'
import { findBundles } from '@alkdev/sdk/bundles'
import type { LocalService } from '../ports/choose-ports.ts'
import type { StackPaths } from './paths.ts'

/** The file that Node starts for a program of the stack: its bundle when the bundles are of the present sources, else its source. */
export type EntryOf = (program: LocalService | 'alkhub') => string

/** Looks once: all programs of one start are of the same kind. */
export function entries({ root, bundles }: StackPaths): EntryOf {
  const found = findBundles(root, bundles)
  if (found !== undefined) return (program) => join(found, `${program}.js`)
  return (program) =>
    join(root, program === 'alkhub' ? 'libs/cli' : `services/${program}`, 'src/main.ts')
}
