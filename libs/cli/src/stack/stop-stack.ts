import { readStack, waitForEnd } from './lock.ts'
import type { StackState } from './lock.ts'
import type { StackPaths } from './paths.ts'

const GRACE_MS = 7500
const KILLED_MS = 2400

/**
 * Asks the stack to stop and waits for its end. One that does not stop in 7.5 s is killed; its processes are tied to it and are
 * killed then, too. True when all have ended, after 10 s at most.
 */
export async function stopStack(paths: StackPaths, state: StackState): Promise<boolean> {
  process.kill(state.pid, 'SIGTERM')
  if (await waitForEnd({ ...state, services: {}, servers: {}, processes: {} }, GRACE_MS))
    return true
  // Processes may have been started again meanwhile.
  const last = (await readStack(paths)) ?? state
  if (last.pid === state.pid) process.kill(state.pid, 'SIGKILL')
  return waitForEnd(last, KILLED_MS)
}
