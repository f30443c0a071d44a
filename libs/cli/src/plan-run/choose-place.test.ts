import { expect, test } from 'vitest'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { choosePlace } from './choose-place.ts'

/** A hub whose operations answer, or fail with that code. */
function hubWith(answers: Readonly<Record<string, object | string>>): HubClient {
  const call = (operationId: string): Promise<unknown> => {
    const answer = answers[operationId] ?? 'OPERATION_NOT_FOUND'
    return typeof answer === 'string'
      ? Promise.reject(new HubProblemError({ code: answer, detail: 'It is not there.' }))
      : Promise.resolve(answer)
  }
  return { call } as unknown as HubClient
}
const repository = { commonDirId: 'one' }
/** The folder is on `main`, a worktree on `side`. */
const branches = {
  'dev.desk.git.repository': repository,
  'dev.desk.git.status': { branch: 'main' },
  'dev.desk.git.worktreeList': { worktrees: [{ path: '.worktrees/s', branch: 'side' }] },
}

test('the branch is made on the spoke that is named', async () => {
  const hub = hubWith({ ...branches, 'dev.desk.git.fastForward': {} })
  expect(await choosePlace(hub, ['desk'], 'plan/x')).toEqual(['desk'])
})

test('a spoke that is not attached is named, with the way to attach it', async () => {
  await expect(choosePlace(hubWith({}), ['desk'], 'plan/x')).rejects.toMatchObject({
    message: expect.stringContaining('No dev spoke desk is attached'),
    fix: expect.stringContaining('alkhub spoke --name'),
  })
})

test('a repository without a commit is said to be one, with the way to make the first', async () => {
  const hub = hubWith({
    ...branches,
    'dev.desk.git.fastForward': 'FILE_NOT_FOUND',
  })
  await expect(choosePlace(hub, ['desk'], 'plan/x')).rejects.toMatchObject({
    message: expect.stringContaining('no commit'),
    fix: expect.stringContaining('git commit'),
  })
})

test.each([
  ['main', 'the folder of the spoke desk'],
  ['side', 'the worktree .worktrees/s'],
])('the branch %s, which is checked out, cannot get the work', async (branch, where) => {
  await expect(choosePlace(hubWith(branches), ['desk'], branch)).rejects.toMatchObject({
    message: `The branch ${branch} cannot get the work: it is checked out in ${where}, whose files would not follow.`,
    fix: expect.stringMatching(/^Leave --into out/),
  })
})

test('spokes of different repositories are refused', async () => {
  const hub = hubWith({
    'dev.desk.git.repository': repository,
    'dev.lap.git.repository': { commonDirId: 'two' },
  })
  await expect(choosePlace(hub, ['desk', 'lap'], 'plan/x')).rejects.toMatchObject({
    message: expect.stringContaining('different repositories'),
  })
})
