import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import type { Command, Io } from '../command.ts'
import { NotFoundError } from '../failure.ts'
import { outputFlags, outputOf } from '../output-flags.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags, hubTarget } from '../hub/hub-target.ts'
import { print } from '../hub/print.ts'
import { typesFile } from '../types/types-file.ts'
import type { TypedOperation } from '../types/types-file.ts'
import { safeText } from '../say.ts'

const PAGE = 200
const MAX_OPERATIONS = 10_000
/** Milliseconds that request limits may delay the command in total. */
const MAX_WAIT_MS = 120_000

interface Summaries {
  readonly items: readonly { readonly operationId: string }[]
  readonly nextCursor?: string
}

export const types: Command = {
  usage: '[options]',
  summary:
    'Writes a TypeScript file with the types of the input, output and errors of every operation that your key may use, for the client library.',
  flags: {
    ...hubFlags,
    namespace: { type: 'string', value: 'NAME', summary: 'Only operations of this namespace.' },
    ...outputFlags('Write to this file instead of standard output.', 'FILE'),
  },
  async run(args, io) {
    const { url } = await hubTarget(args, io)
    const hub = await HubClient.from(args, io)
    const namespace = args.text('namespace')
    const operations: TypedOperation[] = []
    const patience = { leftMs: MAX_WAIT_MS }
    for (const operationId of await allIds(hub, namespace)) {
      const path = `/api/operations/${encodeURIComponent(operationId)}`
      const found = await patiently(() => hub.get<TypedOperation>(path), patience, io)
      if (found !== undefined) operations.push(found)
    }
    if (operations.length === 0)
      throw new NotFoundError(
        'OPERATION_NOT_FOUND',
        `There is no operation${namespace === undefined ? '' : ` in the namespace ${namespace}`} that your key may use.`,
        'Names are shown by `alkhub ops`.',
      )
    const text = typesFile(operations, url)
    const file = outputOf(args)
    if (file === undefined) {
      io.stdout.write(safeText(text))
      return 0
    }
    await writeFile(resolve(io.cwd, file), text).catch((cause: unknown) => {
      throw new OperatorError(`${file} can't be written.`, 'Name another file with --to.', {
        cause,
      })
    })
    print(
      io,
      args.flag('json'),
      { file, operations: operations.length },
      () => `Wrote the types of ${operations.length} operations into ${file}.`,
    )
    return 0
  },
}

async function allIds(hub: HubClient, namespace: string | undefined): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ limit: String(PAGE) })
    if (namespace !== undefined) query.set('namespace', namespace)
    if (cursor !== undefined) query.set('cursor', cursor)
    const page: Summaries = await hub.get<Summaries>(`/api/operations?${query.toString()}`)
    ids.push(...page.items.map(({ operationId }) => operationId))
    cursor = page.nextCursor
  } while (cursor !== undefined && ids.length < MAX_OPERATIONS)
  return ids
}

/** Waits when the hub limits requests. Undefined for an operation that was removed meanwhile. */
async function patiently<T>(
  request: () => Promise<T>,
  patience: { leftMs: number },
  io: Io,
): Promise<T | undefined> {
  for (;;)
    try {
      return await request()
    } catch (error) {
      const { code, retryAfterMs = 1000 } = error as { code?: string; retryAfterMs?: number }
      if (code === 'OPERATION_NOT_FOUND') return undefined
      if (code !== 'RATE_LIMITED' || retryAfterMs > patience.leftMs) throw error
      patience.leftMs -= retryAfterMs
      await sleep(retryAfterMs, io.signal)
    }
}
