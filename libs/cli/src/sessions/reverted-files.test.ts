import type { SessionsRevertOutput } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { revertedFiles } from './reverted-files.ts'

const after = (files: SessionsRevertOutput['files'], workspaceId?: string): string =>
  revertedFiles({ session: { workspaceId }, files } as unknown as SessionsRevertOutput)

test('only of a session with a workspace a revert says that no file was changed', () => {
  expect(after('unchanged', 'w')).toBe('No file was changed since.')
  expect(after('unchanged')).toBe('Files stay as they are: the session has no workspace.')
  expect(after('restored', 'w')).toBe('The files were restored.')
})
