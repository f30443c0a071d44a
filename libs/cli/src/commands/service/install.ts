import { stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import type { Command, Io, Parsed } from '../../command.ts'
import { print } from '../../hub/print.ts'
import { systemctl, unitState } from '../../service/systemctl.ts'
import { isInstalled, unitFile, unitFlags, writeUnit } from '../../service/unit-file.ts'
import { isUnitText, unitText } from '../../service/unit-text.ts'
import { readStack } from '../../stack/lock.ts'
import { stackPaths } from '../../stack/paths.ts'
import { up } from '../up.ts'

const { detach: _, ...upFlags } = up.flags
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export const install: Command = {
  usage: '[options]',
  summary:
    'Writes a systemd unit that runs `alkhub up` in the current folder, with the options of `up` that are given here, enables it and starts it. Repeated, it replaces the unit and restarts the stack.\nA unit of the system runs as the owner of the clone.',
  flags: {
    ...unitFlags,
    print: { type: 'boolean', summary: 'Print the unit and change nothing.' },
    ...upFlags,
  },
  async run(args, io) {
    const paths = stackPaths()
    const unit = unitFile(args, io)
    const text = unitText({
      clone: paths.root,
      folder: io.cwd,
      args: upArguments(args),
      path: programFolders(paths.root, io.env),
      user: unit.isOfSystem ? await ownerOf(paths.root) : undefined,
    })
    const json = args.flag('json')
    if (args.flag('print')) {
      io.stdout.write(json ? `${JSON.stringify({ file: unit.path, text })}\n` : text)
      return 0
    }
    await isInstalled(unit, paths.root)
    // Fails without systemd, before anything is written.
    const before = await unitState(unit, io)
    const running = await readStack(paths)
    if (running !== undefined && before.active !== 'active')
      throw new OperatorError(
        `The stack of this clone runs already (process ${running.pid}), not as this service.`,
        'Stop it with `./alkhub down`.',
      )
    await writeUnit(unit, text)
    await systemctl(unit, ['daemon-reload'], io)
    await systemctl(unit, ['enable', unit.name], io)
    await systemctl(unit, ['restart', unit.name], io)
    print(io, json, { name: unit.name, file: unit.path }, () => {
      const lines = [
        `${unit.name} was written to ${unit.path}, enabled and started.`,
        '`./alkhub status` shows when the stack is ready; `./alkhub logs -f` what it does.',
      ]
      const user = userInfo().username
      const lingering = `It runs while ${user} is logged in; \`loginctl enable-linger ${user}\` starts it with the machine.`
      return [...lines, ...(unit.isOfSystem ? [] : [lingering])].join('\n')
    })
    return 0
  },
}

/** The options of `alkhub up` among the arguments. */
function upArguments(args: Parsed): readonly string[] {
  args.number('port')
  return Object.entries(upFlags).flatMap(([flag, { type }]) => {
    if (type === 'boolean') return args.flag(flag) ? [`--${flag}`] : []
    const text = args.text(flag)
    return text === undefined ? [] : [`--${flag}=${text}`]
  })
}

/** The PATH of this command, in which it found Node and Redis, without relative folders; the programs of the clone first. */
function programFolders(root: string, env: Io['env']): string {
  const folders = (env['PATH'] ?? SYSTEM_PATH).split(delimiter)
  const usable = folders.filter((folder) => isAbsolute(folder) && isUnitText(folder))
  return [...new Set([join(root, 'node_modules/.bin'), ...usable])].join(delimiter)
}

/** The account that owns the folder: its name when it is that of this process, else its number. */
async function ownerOf(folder: string): Promise<string> {
  const { uid } = await stat(folder)
  const self = userInfo()
  return self.uid === uid ? self.username : String(uid)
}
