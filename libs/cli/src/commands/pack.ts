import { resolve } from 'node:path'
import { buildSdk, LIBRARIES } from '@alkdev/sdk'
import { didYouMean } from '@alkdev/std'
import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { outputFlags, outputOf } from '../output-flags.ts'
import { print } from '../hub/print.ts'
import { Progress } from '../progress.ts'
import { repositoryRoot } from '../stack/paths.ts'

const rooms = LIBRARIES.map(({ room }) => room)

export const pack: Command = {
  usage: '[LIBRARY ...] [options]',
  summary: `Writes libraries of this repository as tarballs that npm installs anywhere: ${rooms.join(', ')}. Default: all.\nThe hub serves the same tarballs at /sdk/.`,
  flags: {
    ...outputFlags('Output folder (default: ./packages).', 'DIR'),
  },
  maxPositionals: rooms.length,
  async run(args, io) {
    for (const name of args.positionals) if (!rooms.includes(name)) throw unknownLibrary(name)
    const libraries = LIBRARIES.filter(
      ({ room }) => args.positionals.length === 0 || args.positionals.includes(room),
    )
    const outDir = resolve(io.cwd, outputOf(args) ?? 'packages')
    const progress = new Progress(io, { quiet: args.flag('json') })
    const { listing } = await progress.step('Libraries', () =>
      buildSdk({ root: repositoryRoot(), outDir, libraries }),
    )
    print(io, args.flag('json'), { folder: outDir, ...listing }, () =>
      listing.libraries
        .map(({ name, file }) => `${name}: npm install ${resolve(outDir, file)}`)
        .join('\n'),
    )
    return 0
  },
}

function unknownLibrary(name: string): UsageError {
  return new UsageError(
    `There is no library \`${name}\`.${didYouMean(name, rooms)}`,
    `The libraries are ${rooms.join(', ')}.`,
  )
}
