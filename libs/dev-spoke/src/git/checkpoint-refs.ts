import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation, query } from '../define.ts'
import { CHECKPOINT_ROOT, checkpointName, refuseOtherSession } from './checkpoint.ts'
import { runGit } from './run-git.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

const MAX_LISTED = 1000
/** About 100,000 refs. */
const MAX_REF_BYTES = 16 * 1024 * 1024

interface Checkpoint {
  readonly session: string
  readonly step: string
  readonly commit: string
  readonly createdAt: string
}

/** `git.checkpointList`: the checkpoints of all sessions, or of one. */
export function checkpointListOperation(folder: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'git.checkpointList',
      title: 'List checkpoints',
      description: `The checkpoints refs/alkhub/<session>/<step> of the repository, of one session or of all; ${MAX_LISTED} at most.`,
      tags: ['git', 'checkpoint', 'list'],
      scope: 'git:read',
      input: Type.Object(
        { session: Type.Optional(checkpointName.session) },
        { additionalProperties: false },
      ),
      output: Type.Object({
        checkpoints: Type.Array(
          Type.Object({
            session: Type.String(),
            step: Type.String(),
            commit: Type.String(),
            createdAt: Type.String(),
          }),
        ),
        truncated: Type.Boolean(),
      }),
    },
    async (input, context) => {
      const target = await targetOf(folder, undefined, context.signal)
      const { found, truncated } = await findCheckpoints(target, input.session)
      return {
        checkpoints: found.slice(0, MAX_LISTED),
        truncated: truncated || found.length > MAX_LISTED,
      }
    },
  )
}

/** `git.checkpointRemove`: removes the refs of a session, so that git can collect their objects. */
export function checkpointRemoveOperation(folder: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'git.checkpointRemove',
      title: 'Remove checkpoints',
      description:
        'Removes the checkpoints of a session: all of them, or the named steps. Files, index and branch do not change. A checkpoint that does not exist counts as removed.',
      tags: ['git', 'checkpoint', 'remove', 'retention'],
      scope: 'git:write',
      input: Type.Object(
        {
          session: checkpointName.session,
          steps: Type.Optional(
            Type.Array(checkpointName.step, { minItems: 1, maxItems: 1000, uniqueItems: true }),
          ),
        },
        { additionalProperties: false },
      ),
      output: Type.Object({ removed: Type.Integer() }),
      hints: { destructive: true, idempotent: true },
      retry: 'safe',
    },
    async (input, context) => {
      refuseOtherSession(context, input.session)
      const target = await targetOf(folder, undefined, context.signal)
      const { found, truncated } = await findCheckpoints(target, input.session)
      if (truncated)
        throw new CodedError('EXECUTION_ERROR', 'The session has too many checkpoints.')
      const chosen = found.filter(({ step }) => input.steps?.includes(step) ?? true)
      if (chosen.length === 0) return { removed: 0 }
      // With the old value: a ref that changed meanwhile stays, and none is removed.
      const lines = chosen.map(
        ({ session, step, commit }) => `delete ${CHECKPOINT_ROOT}/${session}/${step} ${commit}\n`,
      )
      const { place, signal } = target
      const options = { signal, writes: true, input: lines.join('') }
      await runGit(place, ['update-ref', '--stdin'], options)
      return { removed: chosen.length }
    },
  )
}

async function findCheckpoints(
  { place, signal }: GitTarget,
  session: string | undefined,
): Promise<{ readonly found: readonly Checkpoint[]; readonly truncated: boolean }> {
  const format = '%(refname:lstrip=2)%00%(objectname)%00%(committerdate:iso-strict)'
  const below = `${CHECKPOINT_ROOT}/${session === undefined ? '' : `${session}/`}`
  const { text, truncated } = await runGit(place, ['for-each-ref', `--format=${format}`, below], {
    signal,
    maxOutputBytes: MAX_REF_BYTES,
  })
  const lines = text.split('\n').slice(0, truncated ? -1 : undefined)
  return { found: lines.flatMap((line) => parseCheckpoint(line)), truncated }
}

/** One line of `for-each-ref`; none for a ref below the same prefix that is no checkpoint. */
function parseCheckpoint(line: string): Checkpoint[] {
  const [name = '', commit = '', date = ''] = line.split('\0')
  const [session, step, ...more] = name.split('/')
  if (!session || !step || more.length > 0) return []
  const at = Date.parse(date)
  if (Number.isNaN(at)) return []
  return [{ session, step, commit, createdAt: new Date(at).toISOString() }]
}
