import type { FlagSpec, Parsed } from '../command.ts'
import type { HubClient } from './hub-client.ts'

const pageSize = 200
const defaultLimit = 1000

export const limitFlag = {
  limit: { type: 'string', value: 'N', summary: `How many at most (default ${defaultLimit}).` },
} as const satisfies Record<string, FlagSpec>

export interface Items<T> {
  readonly items: readonly T[]
  /** There while more follows. */
  readonly nextCursor?: string
}

/** The items of a list operation, page after page, `--limit` at most. */
export async function listAll<T>(
  hub: HubClient,
  operationId: string,
  input: Readonly<Record<string, unknown>>,
  args: Parsed,
): Promise<Items<T>> {
  const limit = args.number('limit') ?? defaultLimit
  const items: T[] = []
  let cursor: string | undefined
  while (items.length < limit) {
    const page: Items<T> = await hub.call(operationId, {
      ...input,
      limit: Math.min(pageSize, limit - items.length),
      ...(cursor !== undefined && { cursor }),
    })
    items.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  return cursor === undefined ? { items } : { items, nextCursor: cursor }
}

/** What a table says below its rows when it does not show all. */
export function moreLine(list: Items<unknown>): string {
  return list.nextCursor === undefined ? '' : '\n\nThere are more: raise --limit.'
}
