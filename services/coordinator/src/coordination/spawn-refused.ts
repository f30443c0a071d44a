import { CallError } from '@alkdev/operations'

/** Why a session is not spawned. */
export type SpawnRefusal =
  | 'depth'
  | 'children'
  | 'rate'
  | 'descendants'
  | 'role'
  | 'grant'
  | 'parent-ended'
  | 'task-closed'
  | 'task-claimed'
  | 'task-waiting'
  | 'task-overlap'
  | 'respawn'
  | 'repository'
  | 'spoke'
  | 'worktree'

export function spawnRefused(
  reason: SpawnRefusal,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): CallError {
  return new CallError('SPAWN_REFUSED', message, { ...details, reason }, { httpStatus: 409 })
}
