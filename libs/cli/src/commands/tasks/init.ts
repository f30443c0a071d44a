import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { taskCommands } from '@alkdev/taskgraph/commands'
import type { InitOptions } from '@alkdev/taskgraph/commands'
import type { Parsed } from '../../command.ts'
import { fieldFlags } from './filter-flags.ts'
import { offline } from './offline.ts'

export const init = offline({
  summary: 'Writes a new task file; never over one that exists.',
  takesId: true,
  makesFolder: true,
  flags: {
    name: { type: 'string', summary: 'What is to be done (default: the id).' },
    ...fieldFlags,
    'depends-on': {
      type: 'string',
      value: 'ID',
      multiple: true,
      summary: 'A task that must be done first. May be given several times.',
    },
    tag: { type: 'string', value: 'TAG', multiple: true, summary: 'A tag.' },
    assignee: { type: 'string', value: 'NAME', summary: 'Who does it.' },
    due: { type: 'string', value: 'DATE', summary: 'When it must be done.' },
    print: { type: 'boolean', summary: 'Print the file instead of writing it.' },
  },
  async run({ tasks, folder }, args, id) {
    const answer = taskCommands.init(tasks, optionsOf(args, id))
    if (args.flag('print')) return answer
    const path = join(folder, answer.data.fileName)
    await mkdir(folder, { recursive: true })
    await writeFile(path, answer.data.markdown, { flag: 'wx' }).catch((cause: unknown) => {
      const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
      throw new OperatorError(
        exists ? `${path} exists already.` : `${path} can't be written.`,
        exists ? 'Choose another id, or remove the file.' : 'Check that the folder may be written.',
        { cause },
      )
    })
    return { data: { ...answer.data, path }, text: `Wrote ${path}.` }
  },
})

/** The library checks the values of the flags and names an invalid one. */
function optionsOf(args: Parsed, id: string): InitOptions {
  const fields = ['name', 'scope', 'risk', 'impact', 'level', 'priority', 'assignee', 'due']
  const given = Object.fromEntries(
    fields.flatMap((name) => {
      const text = args.text(name)
      return text === undefined ? [] : [[name, text]]
    }),
  )
  const tags = args.texts('tag')
  return {
    ...given,
    id,
    dependsOn: [...args.texts('depends-on')],
    ...(tags.length > 0 && { tags: [...tags] }),
  }
}
