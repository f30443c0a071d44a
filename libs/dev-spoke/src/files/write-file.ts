import { mkdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import { fromErrno } from '../confine/confined-folder.ts'
import type { ConfinedFolder, WriteOptions } from '../confine/confined-folder.ts'
import { pathOfHandle } from '../confine/path-of-handle.ts'
import { mutation } from '../define.ts'
import { folderOf } from '../git/worktrees.ts'
import { worktreeInput } from '../worktree-input.ts'

export function writeFileOperation(served: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'fs.write',
      title: 'Write a file',
      description:
        'Writes a whole file below the folder and makes the folders above it. mode "create" refuses a file that is there already with other content. Refused: .git and what git would take for a git folder. Files that git or a shell obeys without being asked (.gitattributes, .envrc, .husky, hooks, shell profiles) need runsByItself.',
      tags: ['files', 'write', 'save', 'edit'],
      scope: 'fs:write',
      input: Type.Object(
        {
          path: Type.String({ minLength: 1, maxLength: 4096 }),
          content: Type.String(),
          encoding: Type.Optional(Type.Union([Type.Literal('utf8'), Type.Literal('base64')])),
          ...worktreeInput,
          mode: Type.Optional(Type.Union([Type.Literal('replace'), Type.Literal('create')])),
          runsByItself: Type.Optional(
            Type.Boolean({
              description: 'True to write a file that git or a shell runs without being asked.',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      output: Type.Object({ path: Type.String(), sizeBytes: Type.Integer() }),
      hints: { destructive: true, idempotent: true },
      retry: 'safe',
    },
    async (input) => {
      const folder = await folderOf(served, input.worktree)
      const bytes = Buffer.from(input.content, input.encoding ?? 'utf8')
      const options = {
        mustBeNew: input.mode === 'create',
        runsByItself: input.runsByItself === true,
      }
      return folder.exclusively(async () => {
        await makeFolders(folder, input.path, options)
        await writeWhole(folder, input.path, bytes, options)
        return { path: input.path, sizeBytes: bytes.length }
      })
    },
  )
}

/** Replaces or creates the file in one step. When that fails, for instance because the disk is full, what was there before is unchanged. */
async function writeWhole(
  folder: ConfinedFolder,
  path: string,
  bytes: Buffer,
  options: WriteOptions,
): Promise<void> {
  try {
    if (options.mustBeNew) return await folder.createFile(path, options, bytes)
    return await folder.replaceFile(path, options, () => Promise.resolve(bytes))
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    if (error.code === 'FILE_NOT_FOUND' && !options.mustBeNew)
      return folder.createFile(path, options, bytes)
    // A call that is repeated because its answer was lost finds the file that it created.
    if (error.code !== 'CONFLICT' || !(await holds(folder, path, bytes))) throw error
  }
  return undefined
}

/** True when the file has this content. */
async function holds(folder: ConfinedFolder, path: string, bytes: Buffer): Promise<boolean> {
  await using handle = await folder.openForReading(path)
  const info = await handle.stat()
  if (!info.isFile() || info.size !== bytes.length) return false
  return (await handle.readFile()).equals(bytes)
}

/** Makes the folders above `path` one by one, each inside a folder that was opened and checked. */
async function makeFolders(
  folder: ConfinedFolder,
  path: string,
  options: WriteOptions,
): Promise<void> {
  const below = relative(folder.root, resolve(folder.root, path))
  const parts = below === '' ? [] : below.split(sep)
  let current = '.'
  for (const [at, part] of parts.slice(0, -1).entries()) {
    if (part === '..') return // createFile says why.
    const next = join(current, part)
    const there = await folder.openForReading(next).then(
      async (handle) => (await handle.close(), true),
      (error: unknown) => {
        if (error instanceof CodedError && error.code === 'FILE_NOT_FOUND') return false
        throw error
      },
    )
    if (!there) {
      await using parent = await folder.openForReading(current)
      const real = await pathOfHandle(parent, join(folder.root, current))
      // The rules hold for the whole way before its first folder is made.
      await folder.refuseWriting(join(real, ...parts.slice(at)), path, options)
      await mkdir(join(real, part)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw fromErrno(error, next)
      })
    }
    current = next
  }
}
