import { execFile } from 'node:child_process'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CodedError } from '@alkdev/errors'
import type { OperationContext } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { isolatedDevOperations } from '../isolated-dev-operations.ts'

const git = promisify(execFile)

test.each(['git.status', 'git.diff'])(
  '%s of a folder below .worktrees that is no worktree gives FILE_NOT_FOUND, and the thread continues',
  async (id) => {
    await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-unlisted-'))
    await git('git', ['init', '-q', dir.path])
    await mkdir(join(dir.path, '.worktrees/plain'), { recursive: true })
    await writeFile(join(dir.path, '.worktrees/plain/a.txt'), 'a')
    await writeFile(join(dir.path, '.worktrees/file'), 'a')
    const restarts: CodedError[] = []
    await using isolated = await isolatedDevOperations({
      folder: dir.path,
      allowShell: false,
      onRestart: (error) => restarts.push(error),
    })
    const run = (input: object): Promise<unknown> => {
      const operation = isolated.operations.find(
        ({ namespace, name }) => `${namespace}.${name}` === id,
      )
      const handler = operation?.handler as (
        input: unknown,
        context: OperationContext,
      ) => Promise<unknown>
      return handler(input, {})
    }
    for (let turn = 0; turn < 3; turn += 1)
      for (const worktree of ['plain', 'file', 'missing'])
        await expect(run({ worktree })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(run({})).resolves.toMatchObject({ truncated: false })
    expect(restarts).toEqual([])
  },
  60_000,
)
