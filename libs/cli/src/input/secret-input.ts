import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { OperatorError } from '@alkdev/errors'
import { UsageError } from '../failure.ts'
import type { Io } from '../command.ts'
import { readStdin } from './read-stdin.ts'

export interface SecretQuestion {
  /** The name in the prompt: `API key of openai`. */
  readonly what: string
  /** The flag that names a file, without dashes. */
  readonly flag: string
  /** The value of the flag: a path, `-` for standard input, or undefined. */
  readonly file: string | undefined
}

const maxSecretBytes = 64 * 1024

/**
 * A secret from a file, from standard input (`-`), or asked for on the terminal without showing it; never from an argument, which
 * every user of the machine can read. One line end at its end is dropped. Undefined when there is neither a file nor a terminal, or
 * when nothing was typed. Throws OperatorError for a file that can't be read, is empty or holds more than 64 KiB.
 */
export async function readSecret(io: Io, question: SecretQuestion): Promise<string | undefined> {
  const { what, flag, file } = question
  if (file === undefined) return io.stdin.isTTY ? askHidden(io, what) : undefined
  const text =
    file === '-' ? await readStdin(io, what, maxSecretBytes) : await readFileOf(file, flag)
  const secret = text.replace(/\r?\n$/, '')
  if (secret !== '') return secret
  const source = file === '-' ? 'Standard input' : file
  throw new OperatorError(`${source} is empty.`, `It must hold the ${what} and nothing else.`)
}

/** The same, and an OperatorError when there is none. */
export async function needSecret(io: Io, question: SecretQuestion): Promise<string> {
  const secret = await readSecret(io, question)
  if (secret !== undefined) return secret
  throw new UsageError(
    `The ${question.what} was not given.`,
    `Type it when asked on a terminal, or give it with --${question.flag} FILE (\`-\` reads standard input).`,
  )
}

async function readFileOf(file: string, flag: string): Promise<string> {
  try {
    await using handle = await open(file, 'r')
    if ((await handle.stat()).size > maxSecretBytes)
      throw new OperatorError(`${file} is over 64 KiB.`, `Name another file with --${flag}.`)
    return await handle.readFile('utf8')
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw new OperatorError(`${file} can't be read.`, `Name another file with --${flag}.`, {
      cause,
    })
  }
}

/** Asks on the terminal without showing the input. Undefined for an empty line; rejects on Ctrl-C and at the end of input. */
async function askHidden(io: Io, what: string): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({
    input: io.stdin,
    output: nowhere,
    terminal: true,
    historySize: 0,
  })
  const left = new AbortController()
  terminal.once('SIGINT', () => left.abort(new OperatorError('Nothing was typed.', '')))
  terminal.once('close', () => left.abort(new OperatorError('Nothing was typed.', '')))
  io.stderr.write(`${what}: `)
  try {
    const text = await terminal.question('', { signal: AbortSignal.any([io.signal, left.signal]) })
    return text === '' ? undefined : text
  } catch (cause) {
    throw left.signal.aborted ? left.signal.reason : cause
  } finally {
    io.stderr.write('\n')
    terminal.close()
  }
}
