import { homedir } from 'node:os'
import { join } from 'node:path'

/** `alkhub` in the folder of the user's state: $XDG_STATE_HOME, else ~/.local/state. */
export function stateFolder(): string {
  // oxlint-disable-next-line node/no-process-env -- where programs of this user keep their state
  const named = process.env['XDG_STATE_HOME'] ?? ''
  return join(named === '' ? join(homedir(), '.local/state') : named, 'alkhub')
}
