import { join } from 'node:path'
import { buildBundles } from '@alkdev/sdk/build-bundles'
import { findBundles } from '@alkdev/sdk/bundles'
import { BUNDLES } from './programs.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'node_modules/.test-bundles')

/** Bundles the services and the command line once for the run, as `alkhub up` does for its second start: hundreds of processes are started. */
export async function setup(): Promise<void> {
  await buildBundles(root, folder)
  process.env[BUNDLES] = findBundles(root, folder)
}
