import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Type } from '@alkdev/typebox'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { query } from '../define.ts'
import { runGit } from './run-git.ts'
import { commitOf } from './refs.ts'
import { targetOf } from './worktrees.ts'

/** `git.repository`: which repository the spoke serves. */
export function repositoryOperation(folder: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'git.repository',
      title: 'Identify the repository',
      description:
        'Identifies the repository. Clones have the same id, the first commit of the history of HEAD. Spokes with the same commonDirId use the same git folder on the same machine and share branches.',
      tags: ['git', 'repository', 'identity'],
      scope: 'git:read',
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Object({
        id: Type.Union([Type.String(), Type.Null()], {
          description: 'Null when there is no commit yet.',
        }),
        commonDirId: Type.String(),
      }),
    },
    async (_input, context) => {
      const target = await targetOf(folder, undefined, context.signal)
      const { place, signal } = target
      let id: string | null = null
      if ((await commitOf(target, 'HEAD')) !== undefined) {
        const args = ['rev-list', '--first-parent', '--max-parents=0', 'HEAD', '--']
        id = (await runGit(place, args, { signal })).text.split('\n')[0] ?? null
      }
      return { id, commonDirId: await idOfFolder(place.commonDir) }
    },
  )
}

/** The same for every process on this machine, another on every other machine. */
async function idOfFolder(path: string): Promise<string> {
  const machine = await readFile('/etc/machine-id', 'utf8').catch(() => '')
  const text = JSON.stringify([machine.trim(), hostname(), path])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
