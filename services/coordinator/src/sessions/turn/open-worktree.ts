import { PlaceCheck } from './place-check.ts'
import { TurnCheckpoints } from './turn-checkpoints.ts'
import type { TurnHold } from './turn-hold.ts'
import { WorktreeHead } from './worktree-head.ts'

/**
 * Before this process does anything in the workspace of a turn: compares it with what is expected. A spoke that is not attached is waited for by the steps.
 * Gives what saves its files, knows its head, and compares it again when its spoke was attached again. Throws TurnOver when the turn is to end.
 */
export async function openWorktree(hold: TurnHold): Promise<{
  readonly head: WorktreeHead
  readonly checkpoints: TurnCheckpoints
  readonly check: PlaceCheck
}> {
  hold.throwIfAborted()
  const place = await hold.place()
  const { runtime, claim } = hold.options
  const work = { runtime, claim, turnId: hold.turn.id }
  const check = new PlaceCheck({ runtime, place: () => hold.place() })
  const head = new WorktreeHead({ ...work, place, check })
  if (place !== undefined) await check.look(place, (await hold.rights()).granted)
  return { head, checkpoints: new TurnCheckpoints({ ...work, head, check }), check }
}
