import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { query } from '../define.ts'
import { folderOf } from '../git/worktrees.ts'
import { worktreeInput } from '../worktree-input.ts'

/** Bytes given at most at once; a JSON text of it stays below the hub's 1 MiB. */
const maxBytes = 512 * 1024

export function readFileOperation(served: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'fs.read',
      title: 'Read a file',
      description:
        'Reads a file below the folder. Text is returned as UTF-8, other content as base64. Large files: continue at nextOffset.',
      tags: ['files', 'read', 'content'],
      scope: 'fs:read',
      input: Type.Object(
        {
          path: Type.String({
            minLength: 1,
            maxLength: 4096,
            description: 'Relative to the folder.',
          }),
          offset: Type.Optional(Type.Integer({ minimum: 0, description: 'Bytes to skip.' })),
          length: Type.Optional(
            Type.Integer({ minimum: 1, maximum: maxBytes, description: 'Bytes to give at most.' }),
          ),
          encoding: Type.Optional(Type.Union([Type.Literal('utf8'), Type.Literal('base64')])),
          ...worktreeInput,
        },
        { additionalProperties: false },
      ),
      output: Type.Object({
        path: Type.String(),
        content: Type.String(),
        encoding: Type.Union([Type.Literal('utf8'), Type.Literal('base64')]),
        sizeBytes: Type.Integer(),
        nextOffset: Type.Optional(Type.Integer()),
      }),
    },
    async (input) => {
      const folder = await folderOf(served, input.worktree)
      await using handle = await folder.openForReading(input.path)
      const info = await handle.stat()
      if (!info.isFile())
        throw new CodedError('VALIDATION_ERROR', `${input.path} is not a plain file.`)
      const offset = input.offset ?? 0
      const buffer = Buffer.alloc(
        Math.min(input.length ?? maxBytes, Math.max(0, info.size - offset)),
      )
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
      let bytes = buffer.subarray(0, bytesRead)
      const more = offset + bytesRead < info.size
      // A character cut in two at the end would make a text look like none.
      if (more && input.encoding !== 'base64') bytes = withoutCutCharacter(bytes)
      const text = input.encoding === 'base64' ? undefined : decode(bytes)
      if (text === undefined && input.encoding === 'utf8')
        throw new CodedError('VALIDATION_ERROR', `${input.path} is not UTF-8 text.`)
      const next = offset + bytes.length
      return {
        path: input.path,
        content: text ?? bytes.toString('base64'),
        encoding: text === undefined ? ('base64' as const) : ('utf8' as const),
        sizeBytes: info.size,
        ...(next < info.size && { nextOffset: next }),
      }
    },
  )
}

function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function withoutCutCharacter(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  for (let back = 1; back <= Math.min(3, bytes.length - 1); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return back < needed ? bytes.subarray(0, bytes.length - back) : bytes
    }
  }
  return bytes
}
