import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { parseJson } from '@alkdev/std'
import { UsageError } from '../failure.ts'
import type { Io } from '../command.ts'
import { placeOf } from './json-text.ts'
import { readStdin } from './read-stdin.ts'

const MAX_BYTES = 1024 * 1024

/** The JSON object in a file, or on standard input for `-`; `maxBytes` at most there. Throws OperatorError, which names the file. */
export async function readJsonObject(
  io: Io,
  file: string,
  maxBytes = MAX_BYTES,
): Promise<Record<string, unknown>> {
  const text = file === '-' ? await readStdin(io, 'JSON', maxBytes) : await readText(file)
  const name = file === '-' ? 'Standard input' : file
  if (text.trim() === '')
    throw new UsageError(`${name} is empty.`, 'It must hold a JSON object: {"name": "value"}.')
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw new UsageError(
      `${name} is not valid JSON${placeOf(cause)}`,
      'Correct it, or give another file.',
      { cause },
    )
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new UsageError(`${name} is not a JSON object.`, 'Write it as {"name": "value"}.')
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new OperatorError(`${file} can't be read.`, 'Give the name of a file that exists.', {
      cause,
    })
  }
}
