import { mkdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import { fromErrno } from '../confine/confined-folder.ts'
import type { ConfinedFolder, WriteOptions } from '../confine/confined-folder.ts'
import { pathOfHandle } from '../confine/path-of-handle.ts'
import { mutation } from '../define.ts'

export function writeFileOperation(folder: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'fs.write',
      title: 'Write a file',
      description:
        'Writes a whole file below the folder and makes the folders above it. mode "create" refuses a file that is there already. Refused: .git and what git would take for a git folder. Files that git or a shell obeys without being asked (.gitattributes, .envrc, .husky, hooks, shell profiles) need runsByItself.',
      tags: ['files', 'write', 'save', 'edit'],
      scope: 'fs:write',
      input: Type.Object(
        {
          path: Type.String({ minLength: 1, maxLength: 4096 }),
          content: Type.String(),
          encoding: Type.Optional(Type.Union([Type.Literal('utf8'), Type.Literal('base64')])),
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
    },
    async (input) => {
      const bytes = Buffer.from(input.content, input.encoding ?? 'utf8')
      const options = {
        mustBeNew: input.mode === 'create',
        runsByItself: input.runsByItself === true,
      }
      return folder.exclusively(async () => {
        await makeFolders(folder, input.path, options)
        await using handle = await folder.openForWriting(input.path, options)
        if (!(await handle.stat()).isFile())
          throw new CodedError('VALIDATION_ERROR', `${input.path} is no plain file.`)
        await handle.truncate(0)
        await handle.writeFile(bytes)
        return { path: input.path, sizeBytes: bytes.length }
      })
    },
  )
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
    if (part === '..') return // openForWriting says why.
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
