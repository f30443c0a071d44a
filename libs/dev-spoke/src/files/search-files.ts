import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { query } from '../define.ts'
import { folderOf } from '../git/worktrees.ts'
import { worktreeInput } from '../worktree-input.ts'
import { compileGlob } from './glob.ts'
import { MAX_NAMES, walkFiles } from './walk-files.ts'

const maxFileBytes = 1024 * 1024
const maxFiles = 50_000
const maxMatches = 500

export function searchFilesOperation(served: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'fs.search',
      title: 'Search in files',
      description: `Finds lines that hold a text, in files up to 1 MiB below the folder. ${maxMatches} matches and ${maxFiles} files at most; truncated says when it stopped early. Links are not followed.`,
      tags: ['files', 'grep', 'find', 'text'],
      scope: 'fs:read',
      input: Type.Object(
        {
          text: Type.String({ minLength: 1, maxLength: 1000, description: 'Taken literally.' }),
          path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
          glob: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 200,
              description: 'For instance **/*.ts; of the whole path, without !(...).',
            }),
          ),
          ignoreCase: Type.Optional(Type.Boolean()),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxMatches })),
          ...worktreeInput,
        },
        { additionalProperties: false },
      ),
      output: Type.Object({
        matches: Type.Array(
          Type.Object({ path: Type.String(), line: Type.Integer(), text: Type.String() }),
        ),
        filesSearched: Type.Integer(),
        truncated: Type.Boolean(),
      }),
    },
    async (input, context) => {
      const folder = await folderOf(served, input.worktree)
      const limit = input.limit ?? 100
      const fold = (text: string): string => (input.ignoreCase ? text.toLowerCase() : text)
      const needle = fold(input.text)
      const matches: { path: string; line: number; text: string }[] = []
      const glob = input.glob === undefined ? undefined : compileGlob(input.glob)
      const yieldToEventLoop = eventLoopYielder(context.signal)
      let filesSearched = 0
      let names = 0
      for await (const path of walkFiles(folder, input.path ?? '.', yieldToEventLoop)) {
        names += 1
        if (names > MAX_NAMES) return { matches, filesSearched, truncated: true }
        if (glob && !glob.fits(path)) continue
        if (filesSearched >= maxFiles) return { matches, filesSearched, truncated: true }
        const text = await readText(folder, path)
        if (text === undefined) continue
        filesSearched += 1
        if (!fold(text).includes(needle)) continue
        for (const [index, line] of text.split('\n').entries()) {
          if (!fold(line).includes(needle)) continue
          if (matches.length >= limit) return { matches, filesSearched, truncated: true }
          matches.push({ path, line: index + 1, text: line.slice(0, 500) })
        }
      }
      return { matches, filesSearched, truncated: false }
    },
  )
}

async function readText(folder: ConfinedFolder, path: string): Promise<string | undefined> {
  try {
    await using handle = await folder.openForReading(path)
    const info = await handle.stat()
    if (!info.isFile() || info.size > maxFileBytes) return undefined
    const bytes = await handle.readFile()
    return bytes.includes(0) ? undefined : bytes.toString('utf8')
  } catch (error) {
    // Removed or closed to us since it was listed.
    if (error instanceof CodedError) return undefined
    throw error
  }
}
