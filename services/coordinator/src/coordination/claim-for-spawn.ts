import type { Db } from '@alkdev/storage'
import { countSpawnsOfTask } from '@alkdev/storage/coordination'
import { claimTask, readHolderNames } from '@alkdev/storage/tasks'
import type { TaskRow } from '@alkdev/storage/tasks'
import { holderText } from '../tasks/task-refusals.ts'
import { leftText } from './left-work.ts'
import { spawnRefused } from './spawn-refused.ts'

/** Sessions that are spawned for a task in an hour; a further one shows that something ends them. */
export const MAX_SPAWNS_OF_TASK = 3

/** The claim of a task for a session that is being created. */
export interface ClaimForSpawn {
  readonly token: number
  /** The message to the session about the work that an earlier one left. */
  readonly left: string | undefined
}

/** Claims a task for a session that is being created. Throws SPAWN_REFUSED with the reason. */
export async function claimForSpawn(
  tx: Db,
  task: Pick<TaskRow, 'id' | 'slug'>,
  { sessionId, callerId }: { readonly sessionId: string; readonly callerId: string },
): Promise<ClaimForSpawn> {
  const { id: taskId, slug } = task
  const claimed = await claimTask(tx, { taskId, holder: { sessionId } })
  if (claimed.claimed) {
    if ((await countSpawnsOfTask(tx, taskId)) >= MAX_SPAWNS_OF_TASK)
      throw spawnRefused(
        'respawn',
        `${MAX_SPAWNS_OF_TASK} sessions were spawned for the task ${slug} in the last hour.`,
        { taskId, slug },
      )
    const { token, evidence } = claimed.claim
    return { token, left: leftText(evidence) }
  }
  switch (claimed.reason) {
    case 'claimed': {
      const name = (await readHolderNames(tx, [taskId], callerId)).get(taskId)
      const by = holderText(claimed.claim, name)
      throw spawnRefused('task-claimed', `The task ${slug} is claimed by ${by}.`, { slug })
    }
    case 'waiting':
      throw spawnRefused('task-waiting', `The task ${slug} waits for other tasks.`, {
        slug,
        waitsFor: claimed.waitsFor,
      })
    case 'overlap':
      throw spawnRefused(
        'task-overlap',
        `The task ${slug} may change the files of ${claimed.with}.`,
        {
          slug,
          with: claimed.with,
        },
      )
    default:
      throw spawnRefused('task-closed', `The task ${slug} is closed or blocked.`, { slug })
  }
}
