import type { FileHandle } from 'node:fs/promises'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation } from '../define.ts'
import type { DevOperation } from '../define.ts'
import { folderOf } from '../git/worktrees.ts'
import { worktreeInput } from '../worktree-input.ts'
import { applyEdits, areApplied } from './apply-edits.ts'

const MAX_BYTES = 4 * 1024 * 1024
const MAX_EDITS = 100

const Input = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 4096 }),
    edits: Type.Array(
      Type.Object(
        {
          oldText: Type.String({ minLength: 1, description: 'Taken literally; must occur once.' }),
          newText: Type.String(),
          all: Type.Optional(Type.Boolean({ description: 'Replace every occurrence.' })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: MAX_EDITS },
    ),
    runsByItself: Type.Optional(
      Type.Boolean({
        description: 'True to change a file that git or a shell runs without being asked.',
      }),
    ),
    ...worktreeInput,
  },
  { additionalProperties: false },
)
type Input = Static<typeof Input>

/** `fs.edit`: exact replacements in one text file, all of them or none. */
export function editFileOperation(served: ConfinedFolder): DevOperation {
  return mutation(
    {
      id: 'fs.edit',
      title: 'Edit a file',
      description:
        'Replaces exact texts in a UTF-8 file, one after the other, all of them or none. Each old text must occur exactly once unless all is set; CONFLICT says which one is missing or occurs more than once. The rules of fs.write hold.',
      tags: ['files', 'edit', 'replace', 'patch'],
      scope: 'fs:write',
      input: Input,
      output: Type.Object({ path: Type.String(), sizeBytes: Type.Integer() }),
      hints: { destructive: true },
    },
    async (input) => {
      const folder = await folderOf(served, input.worktree)
      return folder.exclusively(async () => {
        let sizeBytes = 0
        const options = { runsByItself: input.runsByItself === true }
        await folder.replaceFile(input.path, options, async (old) => {
          const bytes = Buffer.from(
            applyEdits(await textOf(old, input.path), input.edits, MAX_BYTES),
          )
          sizeBytes = bytes.length
          return bytes
        })
        return { path: input.path, sizeBytes }
      })
    },
    (input) => recover(served, input),
  )
}

/** The file is replaced in one step, so that it has all of the edits or none. */
async function recover(
  served: ConfinedFolder,
  input: Input,
): Promise<{ path: string; sizeBytes: number } | undefined> {
  const folder = await folderOf(served, input.worktree)
  await using handle = await folder.openForReading(input.path)
  const text = await textOf(handle, input.path)
  const isAfter = areApplied(text, input.edits, MAX_BYTES)
  const isBefore = canApply(text, input.edits)
  // Both, when an edit inserts text beside its old text. Neither, when the file was changed again since.
  if (isAfter === isBefore)
    throw new CodedError(
      'OUTCOME_UNKNOWN',
      'The file does not tell whether the edits were applied.',
      {
        details: { outcome: 'unknown' },
      },
    )
  return isAfter ? { path: input.path, sizeBytes: Buffer.byteLength(text) } : undefined
}

function canApply(text: string, edits: Input['edits']): boolean {
  try {
    applyEdits(text, edits, MAX_BYTES)
    return true
  } catch {
    return false
  }
}

async function textOf(handle: FileHandle, path: string): Promise<string> {
  const info = await handle.stat()
  if (!info.isFile()) throw new CodedError('VALIDATION_ERROR', `${path} is not a plain file.`)
  if (info.size > MAX_BYTES)
    throw new CodedError('VALIDATION_ERROR', `${path} is larger than ${MAX_BYTES} bytes.`)
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return decoder.decode(await handle.readFile())
  } catch (cause) {
    throw new CodedError('VALIDATION_ERROR', `${path} is not UTF-8 text.`, { cause })
  }
}
