import { CodedError, mutation, Type } from '@alkdev/spoke'
import type { SpokeOperation } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'

const Anything = {}

/** The tools of the scenarios of the tasks extension, under the names that they have there. */
export const taskOperations: readonly SpokeOperation[] = [
  mutation(
    {
      id: 'conformance.greet',
      description: 'Greets at once.',
      input: Type.Object({ name: Type.String() }),
      output: Anything,
      _meta: { mcp: { tool: 'greet' } },
    },
    ({ name }) => `Hello, ${name}!`,
  ),
  mutation(
    {
      id: 'conformance.slow_compute',
      description: 'Computes for some seconds.',
      input: Type.Object({ seconds: Type.Number(), label: Type.Optional(Type.String()) }),
      output: Anything,
      _meta: { mcp: { tool: 'slow_compute', task: true } },
    },
    async ({ seconds, label = 'it' }, { signal }) => {
      await sleep(seconds * 1000, signal)
      return `Computed ${label}.`
    },
  ),
  mutation(
    {
      id: 'conformance.failing_job',
      description: 'Fails after a second.',
      input: Type.Object({}),
      output: Anything,
      _meta: { mcp: { tool: 'failing_job', task: true } },
    },
    async (_input, { signal }) => {
      await sleep(1000, signal)
      throw new CodedError('EXECUTION_ERROR', 'The job failed.')
    },
  ),
]
