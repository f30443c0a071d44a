import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { spawnGit } from './spawn-git.ts'

const run = (alias: string) =>
  spawnGit({
    args: ['-c', `alias.x=!${alias}`, 'x'],
    cwd: tmpdir(),
    env: {},
    signal: undefined,
    show: (text) => text,
  })

test('a git that is killed has not answered, and one that fails has', async () => {
  await expect(run('kill -KILL $PPID')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'git was ended by SIGKILL before it was done.',
    ran: 'unknown',
  })
  await expect(run('exit 3')).rejects.toMatchObject({ code: 'EXECUTION_ERROR' })
})
