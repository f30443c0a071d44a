import { didYouMean } from '@alkdev/std'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import type { Command, Io } from '../command.ts'
import { stackPaths } from '../stack/paths.ts'

const tailBytes = 64 * 1024

export const logs: Command = {
  usage: '[service] [options]',
  summary:
    'Prints the last lines that the processes of the local stack said; the services as JSON lines.\nBeyond 10 MiB a log becomes NAME.log.1.',
  flags: {
    follow: { type: 'boolean', short: 'f', summary: 'Go on printing until Ctrl-C.' },
    lines: { type: 'string', value: 'N', summary: 'Lines of each service (default 20).' },
  },
  most: 1,
  async run(args, io) {
    const paths = stackPaths()
    const found = await readdir(paths.logs).catch(() => [])
    const names = found.filter((name) => name.endsWith('.log')).map((name) => name.slice(0, -4))
    const [wanted] = args.positionals
    if (names.length === 0)
      throw new OperatorError(
        'There are no logs in this clone yet.',
        'Start the stack with `./alkhub up`.',
      )
    if (wanted !== undefined && !names.includes(wanted))
      throw new OperatorError(
        `There is no log of \`${wanted}\`.${didYouMean(wanted, names)}`,
        `There are: ${names.toSorted().join(', ')}.`,
      )
    const files = (wanted === undefined ? names : [wanted]).toSorted()
    const places = new Map<string, number>()
    for (const name of files) {
      const { text, end } = await readFrom(join(paths.logs, `${name}.log`), -tailBytes)
      const lines = args.number('lines') ?? 20
      const last = lines === 0 ? [] : text.trimEnd().split('\n').slice(-lines)
      show(io, name, last, files.length > 1)
      places.set(name, end)
    }
    while (args.flag('follow') && !io.signal.aborted) {
      for (const name of files) {
        const { text, end } = await readFrom(join(paths.logs, `${name}.log`), places.get(name) ?? 0)
        // Only whole lines; the rest comes next time.
        const whole = text.slice(0, text.lastIndexOf('\n') + 1)
        places.set(name, end - Buffer.byteLength(text) + Buffer.byteLength(whole))
        if (whole !== '') show(io, name, whole.trimEnd().split('\n'), files.length > 1)
      }
      await sleep(300, io.signal).catch(() => undefined)
    }
    return 0
  },
}

function show(io: Io, name: string, lines: readonly string[], named: boolean): void {
  for (const line of lines)
    if (line !== '') io.stdout.write(named ? `${name}  ${line}\n` : `${line}\n`)
}

/** What lies behind an offset (negative: that far from the end), and where the file ended. A file that became shorter is read again from its start. */
async function readFrom(file: string, offset: number): Promise<{ text: string; end: number }> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  const start = offset < 0 ? Math.max(0, size + offset) : offset > size ? 0 : offset
  const buffer = Buffer.alloc(size - start)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
  return { text: buffer.subarray(0, bytesRead).toString('utf8'), end: start + bytesRead }
}
