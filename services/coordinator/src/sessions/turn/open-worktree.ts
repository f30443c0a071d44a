import { TurnCheckpoints } from './turn-checkpoints.ts'
import type { TurnHold } from './turn-hold.ts'
import { verifyPlace } from './verify-place.ts'
import { WorktreeHead } from './worktree-head.ts'

/**
 * Before this process does anything in the workspace of a turn: compares it with what is expected. A spoke that is not attached is waited for by the steps.
 * Gives what saves its files and knows its head. Throws TurnOver when the turn is to end.
 */
export async function openWorktree(
  hold: TurnHold,
): Promise<{ readonly head: WorktreeHead; readonly checkpoints: TurnCheckpoints }> {
  hold.throwIfAborted()
  const place = await hold.place()
  const { runtime, claim } = hold.options
  const work = { runtime, claim, turnId: hold.turn.id }
  const head = new WorktreeHead({ ...work, place })
  if (place !== undefined) await verifyPlace(runtime, place, (await hold.rights()).granted)
  return { head, checkpoints: new TurnCheckpoints({ ...work, head }) }
}
