import { bundlesOfRun } from './bundles-of-run.ts'
import { BUNDLES } from './programs.ts'

/** Bundles the services and the command line once for the run, as `alkhub up` does for its second start: hundreds of processes are started. */
export async function setup(): Promise<void> {
  process.env[BUNDLES] = await bundlesOfRun()
}
