import type { Command } from '../../command.ts'
import { print } from '../../hub/print.ts'
import { systemctl } from '../../service/systemctl.ts'
import { isInstalled, removeUnit, unitFile, unitFlags } from '../../service/unit-file.ts'
import { stackPaths } from '../../stack/paths.ts'

export const uninstall: Command = {
  usage: '[options]',
  summary: 'Stops the service and removes its unit. The data of the stack is kept.',
  flags: unitFlags,
  async run(args, io) {
    const unit = unitFile(args, io)
    const removed = await isInstalled(unit, stackPaths().root)
    if (removed) {
      await systemctl(unit, ['disable', '--now', unit.name], io)
      await removeUnit(unit)
      await systemctl(unit, ['daemon-reload'], io)
    }
    print(io, args.flag('json'), { removed, file: unit.path }, () =>
      removed
        ? `${unit.name} was stopped, and ${unit.path} was removed.`
        : `${unit.path} does not exist: nothing was removed.`,
    )
    return 0
  },
}
