import { Type } from '@alkdev/typebox'
import type { IOperationDefinition } from '@alkdev/operations'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { query } from '../define.ts'
import { folderOf } from '../git/worktrees.ts'
import { worktreeInput } from '../worktree-input.ts'
import { compileGlob } from './glob.ts'
import { MAX_NAMES, walkFiles } from './walk-files.ts'

const MAX_PATHS = 2000
/** Characters of the paths together, so that an answer stays below the hub's 1 MiB. */
const MAX_CHARACTERS = 512 * 1024

/** `fs.glob`: the files whose paths match a glob. */
export function globFilesOperation(served: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'fs.glob',
      title: 'Find files by name',
      description: `Lists the files whose whole path below the folder matches a glob, in the order of a walk; ${MAX_PATHS} at most, truncated says when there are more. Links are not followed.`,
      tags: ['files', 'glob', 'find', 'name'],
      scope: 'fs:read',
      input: Type.Object(
        {
          glob: Type.String({
            minLength: 1,
            maxLength: 200,
            description: 'For instance **/*.ts; of the whole path, without !(...).',
          }),
          path: Type.Optional(
            Type.String({ minLength: 1, maxLength: 4096, description: 'Where the walk starts.' }),
          ),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PATHS })),
          ...worktreeInput,
        },
        { additionalProperties: false },
      ),
      output: Type.Object({ paths: Type.Array(Type.String()), truncated: Type.Boolean() }),
    },
    async (input, context) => {
      const glob = compileGlob(input.glob)
      const folder = await folderOf(served, input.worktree)
      const yieldToEventLoop = eventLoopYielder(context.signal)
      const limit = input.limit ?? MAX_PATHS
      const paths: string[] = []
      let names = 0
      let characters = 0
      for await (const path of walkFiles(folder, input.path ?? '.', yieldToEventLoop)) {
        names += 1
        if (names > MAX_NAMES) return { paths, truncated: true }
        if (!glob.fits(path)) continue
        characters += path.length
        if (paths.length >= limit || characters > MAX_CHARACTERS) return { paths, truncated: true }
        paths.push(path)
      }
      return { paths, truncated: false }
    },
  )
}
