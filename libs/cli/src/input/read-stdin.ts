import { UsageError } from '../failure.ts'
import type { Io } from '../command.ts'

/**
 * All of standard input as UTF-8 text; bytes that are not UTF-8 become U+FFFD. Throws a UsageError that names `what` beyond `maxBytes`.
 */
export async function readStdin(io: Io, what: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of io.stdin) {
    const bytes = Buffer.from(chunk as Buffer | string)
    size += bytes.length
    if (size > maxBytes)
      throw new UsageError(`The ${what} is longer than ${sizeText(maxBytes)}.`, 'Send less.')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function sizeText(bytes: number): string {
  const kibibytes = Math.floor(bytes / 1024)
  return kibibytes < 1024 ? `${kibibytes} KiB` : `${Math.floor(kibibytes / 1024)} MiB`
}
