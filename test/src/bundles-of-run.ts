import { join } from 'node:path'
import { buildBundles } from '@alkdev/sdk/build-bundles'
import { findBundles } from '@alkdev/sdk/bundles'
import { must } from '@alkdev/std'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'node_modules/.test-bundles')

/** The folder with the bundles of the present sources, as `alkhub up` makes them; makes them unless they are there. */
export async function bundlesOfRun(): Promise<string> {
  await buildBundles(root, folder)
  return must(findBundles(root, folder), 'the sources as they were when the bundles were made')
}
