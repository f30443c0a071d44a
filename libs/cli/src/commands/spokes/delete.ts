import type { SpokesDeleteOutput } from '@alkdev/contracts'
import { actCover } from '../../hub/cover.ts'

export const remove = actCover<SpokesDeleteOutput>({
  operationId: 'spokes.delete',
  usage: 'NAME [options]',
  summary:
    'Deletes a spoke that is disconnected: its operations are listed no more, its name is free, and keys lose their rights on the name. Its calls stay in the log.',
  positionals: [
    {
      member: 'name',
      question: 'Which spoke?',
      fix: 'Its name is shown by `alkhub spokes list --all`.',
    },
  ],
  say: ({ name }) => `Deleted ${name}.`,
})
