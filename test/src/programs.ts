import { join } from 'node:path'
import type { RunningService } from '@alkdev/service'

const root = join(import.meta.dirname, '../..')
/** Where `bundles.setup.ts` put the bundles of the run. */
export const BUNDLES = 'ALKHUB_TEST_BUNDLES'

/** The main file of a service: its bundle, which loads in a third of the processor time, or the sources where there are none. */
export function serviceMain(name: RunningService['name']): string {
  const folder = process.env[BUNDLES]
  return folder === undefined
    ? join(root, 'services', name, 'src/main.ts')
    : join(folder, `${name}.js`)
}

/** The main file of the command line, likewise. */
export function commandMain(): string {
  const folder = process.env[BUNDLES]
  return folder === undefined ? join(root, 'libs/cli/src/main.ts') : join(folder, 'alkhub.js')
}
