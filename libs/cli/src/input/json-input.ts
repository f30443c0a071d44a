import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { JsonDepthError, parseJson } from '@alkdev/std'
import { UsageError } from '../failure.ts'
import type { Io } from '../command.ts'

const MAX_BYTES = 1024 * 1024

/** The JSON object in a file, or on standard input for `-`; 1 MiB at most. Throws OperatorError, which names the flag. */
export async function readJsonObject(
  io: Io,
  flag: string,
  file: string,
): Promise<Record<string, unknown>> {
  const text = file === '-' ? await readStdin(io) : await readText(flag, file)
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    const why = cause instanceof JsonDepthError ? `: ${cause.message}` : '.'
    throw new UsageError(`The value of --${flag} is not valid JSON${why}`, 'Correct it.', { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new UsageError(`--${flag} takes a JSON object.`, 'Write it as {"name": "value"}.')
}

async function readText(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new OperatorError(`${file} can't be read.`, `Name another file with --${flag}.`, {
      cause,
    })
  }
}

async function readStdin(io: Io): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of io.stdin) {
    const part = Buffer.from(chunk as Buffer)
    bytes += part.length
    if (bytes > MAX_BYTES)
      throw new OperatorError('Standard input is longer than 1 MiB.', 'Give less.')
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}
