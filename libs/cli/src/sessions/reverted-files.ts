import type { SessionsRevertOutput } from '@alkdev/contracts/agents'

const FILES: Readonly<Record<SessionsRevertOutput['files'], string>> = {
  restored: 'The files were restored.',
  unchanged: 'No file was changed since.',
  'not-recorded': 'The files stay: no checkpoint was saved.',
}

/** What a revert, or its undoing, did to the files of a session, as a sentence. */
export function revertedFiles({ session, files }: SessionsRevertOutput): string {
  if (files === 'unchanged' && session.workspaceId === undefined)
    return 'Files stay as they are: the session has no workspace.'
  return FILES[files]
}
