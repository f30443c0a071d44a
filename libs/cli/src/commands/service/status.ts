import type { Command } from '../../command.ts'
import { print } from '../../hub/print.ts'
import { unitState } from '../../service/systemctl.ts'
import type { UnitState } from '../../service/systemctl.ts'
import { isInstalled, unitFile, unitFlags } from '../../service/unit-file.ts'
import { stackPaths } from '../../stack/paths.ts'

export const status: Command = {
  usage: '[options]',
  summary:
    'Shows whether the service is installed, enabled and running, and how it ended. `alkhub status` shows the processes of the stack.\nExit code 1 when it does not run.',
  flags: unitFlags,
  async run(args, io) {
    const unit = unitFile(args, io)
    const json = args.flag('json')
    if (!(await isInstalled(unit, stackPaths().root))) {
      print(
        io,
        json,
        { installed: false, file: unit.path },
        () => `${unit.path} does not exist. \`./alkhub service install\` writes it.`,
      )
      return 1
    }
    const state = await unitState(unit, io)
    print(io, json, { installed: true, file: unit.path, ...state }, () =>
      stateText(unit.name, state),
    )
    return state.active === 'active' ? 0 : 1
  },
}

function stateText(name: string, state: UnitState): string {
  const process = state.pid > 0 ? `, process ${state.pid}` : ''
  const times = state.restarts === 1 ? 'once' : `${state.restarts} times`
  const lines = [
    `${name} is ${state.active} (${state.sub}${process}) and ${state.enabled || 'not known to systemd'}.`,
    ...(state.restarts > 0 ? [`systemd has restarted it ${times}.`] : []),
    ...(state.endedAt === '' ? [] : [`It ended at ${state.endedAt} (${state.result}).`]),
  ]
  return lines.join('\n')
}
