import type { WorkflowsRunOutput } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { positional } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { jsonText } from '../../input/json-text.ts'
import { follow } from './watch.ts'
import { say, sayJson } from '../../say.ts'
import { startedAs } from '../../started-as.ts'

export const run: Command = {
  usage: 'NAME [JSON] [options]',
  summary:
    'Starts a run of a workflow with an input, and prints its id; with --watch it follows the run.',
  flags: {
    ...hubFlags,
    project: { type: 'string', value: 'PROJECT', summary: 'Slug or id of the project.' },
    version: { type: 'string', value: 'N', summary: 'Version (default: the newest).' },
    id: {
      type: 'string',
      value: 'UUID',
      summary: 'Id of the run: the same start again adds nothing.',
    },
    watch: { type: 'boolean', summary: 'Show what happens until the run has ended.' },
  },
  maxPositionals: 2,
  async run(args, io) {
    const name = positional(args, 0, 'Which workflow?', '`alkhub workflows list` shows them.')
    const text = args.positionals[1]
    const version = args.number('version')
    const [project, runId] = [args.text('project'), args.text('id')]
    const hub = await HubClient.from(args, io)
    const started = await hub.call<WorkflowsRunOutput>('workflows.run', {
      name,
      ...(text !== undefined && { input: jsonText('input', text) }),
      ...compact({ version, project, runId }),
    })
    if (!args.flag('watch')) {
      const next = `Next: ${startedAs(io)} workflows watch ${started.runId}`
      print(io, args.flag('json'), started, () => `${startedText(started)}\n${next}`)
      return 0
    }
    if (args.flag('json')) sayJson(io.stdout, started)
    else say(io.stderr, startedText(started))
    return follow(hub, io, { runId: started.runId, json: args.flag('json') })
  },
}

function startedText({ runId, known }: WorkflowsRunOutput): string {
  return known ? `The run ${runId} was started before; nothing was added.` : `Started ${runId}.`
}
