import type { SpokesDeleteOutput } from '@alkdev/contracts'
import { operationCommand } from '../../hub/operation-command.ts'

export const remove = operationCommand<SpokesDeleteOutput>({
  operationId: 'spokes.delete',
  usage: 'NAME [options]',
  summary:
    'Deletes a disconnected spoke: its operations are no longer listed, its name can be used again, and keys lose their rights on the name. Its calls stay in the log.',
  positionals: [
    {
      member: 'name',
      question: 'Which spoke?',
      fix: 'Its name is shown by `alkhub spokes list --all`.',
    },
  ],
  say: ({ name }) => `Deleted ${name}.`,
})
