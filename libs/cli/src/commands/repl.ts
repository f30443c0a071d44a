import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import type { Command, Io } from '../command.ts'
import { candidates } from '../completion/candidates.ts'
import { EXIT, UsageError } from '../failure.ts'
import { hubFlags, hubTarget } from '../hub/hub-target.ts'
import { splitWords } from '../input/split-words.ts'
import { runCli } from '../run-cli.ts'
import { commands } from './table.ts'
import { say } from '../say.ts'

/** Commands that cannot run inside, because they would read from the same terminal. */
const NOT_INSIDE: ReadonlySet<string> = new Set(['repl', 'mcp', 'up', 'spoke'])

export const repl: Command = {
  usage: '[options]',
  summary:
    'A prompt for commands of alkhub, with completion: `ops`, `tasks list`, or the name of an operation with its input as JSON.\nCtrl-C stops the running command; Ctrl-D or `exit` ends the prompt.',
  flags: hubFlags,
  async run(args, io) {
    const { url, keyFile } = await hubTarget(args, io)
    const env = { ...io.env, ALKHUB_HUB: url, ALKHUB_KEY_FILE: keyFile }
    const terminal = io.stdin.isTTY && io.stdout.isTTY
    if (terminal)
      say(io.stdout, `${url}. Type \`ops\`, or OPERATION {"member": "value"}; Ctrl-D ends.`)
    const lines = createInterface({
      input: io.stdin,
      terminal,
      ...(terminal && { output: io.stdout }),
      prompt: 'alkhub> ',
      historySize: 500,
      completer: (line: string, done: Completed) => void completeLine(line, { ...io, env }, done),
    })
    try {
      return await loop(lines, { ...io, env }, terminal)
    } finally {
      lines.close()
    }
  },
}

async function loop(lines: Interface, io: Io, terminal: boolean): Promise<number> {
  let code: number = EXIT.done
  let running: AbortController | undefined
  const onInterrupt = (): void => {
    if (running === undefined) lines.close()
    else running.abort(new Error('SIGINT'))
  }
  lines.on('SIGINT', onInterrupt)
  const onAbort = (): void => lines.close()
  io.signal.addEventListener('abort', onAbort, { once: true })
  if (terminal) lines.prompt()
  for await (const line of lines) {
    if (/^\s*(exit|quit)\s*$/.test(line)) return code
    if (line.trim() !== '' && !line.trimStart().startsWith('#')) {
      running = new AbortController()
      const signal = AbortSignal.any([io.signal, running.signal])
      code = await runLine(line.trim(), { ...io, signal })
      running = undefined
    }
    if (io.signal.aborted) return EXIT.interrupted
    if (terminal) lines.prompt()
  }
  io.signal.removeEventListener('abort', onAbort)
  return code
}

async function runLine(line: string, io: Io): Promise<number> {
  try {
    return await runCli(argumentsOf(line), io)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    say(io.stderr, `alkhub: ${error.sentences}`)
    return EXIT.usage
  }
}

/** The arguments of a line. JSON after the name of an operation needs no quotes. */
export function argumentsOf(line: string): readonly string[] {
  const text = line.replace(/^(\.\/)?alkhub\s+/, '')
  const [, called, name = '', rest = ''] =
    /^(call\s+)?([\w-]+(?:\.[\w-]+)+)\s*([\s\S]*)$/.exec(text) ?? []
  if (name !== '') {
    if (/^[{["\d]|^(true|false|null)\b/.test(rest)) return ['call', name, rest]
    return ['call', name, ...splitWords(rest)]
  }
  const words = splitWords(text)
  const [command = ''] = words
  if (called === undefined && NOT_INSIDE.has(command))
    throw new UsageError(`\`${command}\` can't be run in here.`, 'Run it in a shell.')
  return words
}

type Completed = (error: null, found: [string[], string]) => void

async function completeLine(line: string, io: Io, done: Completed): Promise<void> {
  const found = await complete(line, io)
  done(null, found)
}

async function complete(line: string, io: Io): Promise<[string[], string]> {
  const words = line.split(/\s+/)
  const last = words.at(-1) ?? ''
  const found = await candidates(words, io)
  // The first word may also be an operation.
  const operations =
    words.length === 1 && last.length > 0 ? await candidates(['call', last], io) : []
  const known = found.filter((one) => !NOT_INSIDE.has(one) || !Object.hasOwn(commands, one))
  return [[...known, ...operations], last]
}
