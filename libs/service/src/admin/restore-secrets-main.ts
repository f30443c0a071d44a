import { mkdir, rename } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { failureText } from '../start/run-main.ts'
import { filesIn, writeFiles } from './stack-files.ts'
import type { StackFile } from './stack-files.ts'

const args = process.argv.slice(2)
const force = args.includes('--force')
/** Below the mount of the volume with the secrets of a stack of containers, unless an argument names another folder. */
const [FOLDER = '/run/alkhub/secrets'] = args.filter((arg) => arg !== '--force')
const MAX_BYTES = 64 * 1024 * 1024

// For containers: writes the secrets of a backup, a list of names and contents (base64) on standard input, into the volume of the stack. Prints the folders with
// the former ones.
try {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new OperatorError('The input has more than 64 MiB.', 'Send less.')
    chunks.push(chunk)
  }
  const list = JSON.parse(Buffer.concat(chunks).toString('utf8')) as [string, string][]
  const files = list.map(([name, text]): StackFile => ({
    name,
    bytes: Buffer.from(text, 'base64'),
  }))
  const there = await filesIn(FOLDER, '.').catch(() => [])
  const isSame =
    there.length === files.length &&
    there.every((one) => files.some((f) => `./${f.name}` === one.name && f.bytes.equals(one.bytes)))
  const moved: string[] = []
  if (!isSame) {
    if (there.length > 0 && !force)
      throw new OperatorError(
        'The secrets in the volume differ from those of the backup.',
        'Nothing was changed. Remove the volumes with `docker compose down --volumes`, which deletes their data, or replace the secrets with --force.',
      )
    const next = `${FOLDER}.restore-${process.pid}`
    await mkdir(next, { recursive: true, mode: 0o755 })
    // PostgreSQL and Redis read theirs as users of their own.
    for (const file of files)
      await writeFiles(next, [file], /^(postgres|redis)/.test(file.name) ? 0o644 : 0o600)
    if (there.length > 0) {
      moved.push(`${FOLDER}.before-${Date.now()}`)
      for (const aside of moved) await rename(FOLDER, aside)
    }
    await rename(next, FOLDER)
  }
  process.stdout.write(`${JSON.stringify(moved)}\n`)
} catch (error) {
  process.stderr.write(`${failureText('restore', error)}\n`)
  process.exitCode = 1
}
