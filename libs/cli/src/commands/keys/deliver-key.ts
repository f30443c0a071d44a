import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import type { FlagSpec, Io, Parsed } from '../../command.ts'
import { print } from '../../hub/print.ts'

export const toFlag = {
  to: {
    type: 'string',
    value: 'FILE',
    summary: 'Write the key into this new file (mode 0600) instead of showing it.',
  },
} as const satisfies Record<string, FlagSpec>

/**
 * Runs `create` and delivers the key: into the file of `--to`, which is opened first so that no key is created that
 * could not be kept, else to stdout. `--json` prints the whole record, with `keyFile` in place of `key` for a file.
 */
export async function deliverKey<T extends { readonly key: string }>(
  args: Parsed,
  io: Io,
  make: () => Promise<T>,
  say: (made: T) => string,
): Promise<void> {
  const path = args.text('to')
  await using file = path === undefined ? undefined : await openNew(path)
  const made = await make().catch(async (error: unknown) => {
    if (path !== undefined) await rm(path, { force: true })
    throw error
  })
  const { key, ...record } = made
  if (file === undefined) {
    print(io, args.flag('json'), made, () => `${say(made)}\nThe key is shown this once:\n\n${key}`)
    return
  }
  await file.writeFile(`${key}\n`)
  print(
    io,
    args.flag('json'),
    { ...record, keyFile: path },
    () => `${say(made)}\nThe key is in ${path}.`,
  )
}

async function openNew(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600).catch((cause: unknown) => {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new OperatorError(
      exists ? `${path} exists already.` : `${path} can't be written.`,
      'Name another file with --to; no key was made.',
      { cause },
    )
  })
}
