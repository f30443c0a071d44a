import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { pathOfHandle } from '../confine/path-of-handle.ts'
import { query } from '../define.ts'
import { folderOf } from '../git/worktrees.ts'
import { worktreeInput } from '../worktree-input.ts'

const maxEntries = 5000

const Entry = Type.Object({
  name: Type.String(),
  type: Type.Union([
    Type.Literal('file'),
    Type.Literal('folder'),
    Type.Literal('link'),
    Type.Literal('other'),
  ]),
})

export function listFolderOperation(served: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'fs.list',
      title: 'List a folder',
      description: `Names what lies in a folder, sorted; ${maxEntries} entries at most, truncated says when there are more.`,
      tags: ['files', 'directory', 'ls'],
      scope: 'fs:read',
      input: Type.Object(
        {
          path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, default: '.' })),
          ...worktreeInput,
        },
        { additionalProperties: false },
      ),
      output: Type.Object({
        path: Type.String(),
        entries: Type.Array(Entry),
        truncated: Type.Boolean(),
      }),
    },
    async (input) => {
      const path = input.path ?? '.'
      const folder = await folderOf(served, input.worktree)
      await using handle = await folder.openForReading(path)
      if (!(await handle.stat()).isDirectory())
        throw new CodedError('VALIDATION_ERROR', `${path} is not a folder.`)
      const real = await pathOfHandle(handle, join(folder.root, path))
      const found = await readdir(real, { withFileTypes: true })
      const visible = found
        .filter((entry) => !folder.isHidden(join(real, entry.name)))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return {
        path: folder.show(real),
        entries: visible.slice(0, maxEntries).map((entry) => ({
          name: entry.name,
          type: kindOf(entry),
        })),
        truncated: visible.length > maxEntries,
      }
    },
  )
}

function kindOf(entry: Dirent): 'file' | 'folder' | 'link' | 'other' {
  if (entry.isDirectory()) return 'folder'
  if (entry.isFile()) return 'file'
  return entry.isSymbolicLink() ? 'link' : 'other'
}
