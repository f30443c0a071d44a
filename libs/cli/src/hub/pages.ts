import { compact } from '@alkdev/std'
import type { FlagSpec, Parsed } from '../command.ts'
import { UsageError } from '../failure.ts'
import type { HubClient } from './hub-client.ts'

const pageSize = 200
/** Default number of items: lists of calls or changes can be very long. */
const defaultLimit = 50

export const cursorFlag = {
  cursor: {
    type: 'string',
    value: 'CURSOR',
    summary: 'Continue where an earlier list ended, which shows the cursor.',
  },
} as const satisfies Record<string, FlagSpec>

const limitFlag = {
  limit: {
    type: 'string',
    value: 'N',
    summary: `Maximum number of lines (default ${defaultLimit}).`,
  },
} as const satisfies Record<string, FlagSpec>

/** The flags of a list, page by page. */
export const pageFlags = { ...limitFlag, ...cursorFlag }

export interface Items<T> {
  readonly items: readonly T[]
  /** Present when more items follow. */
  readonly nextCursor?: string
}

/** The value of `--limit`. Throws UsageError for 0, which would show an empty list as if there were no items. */
export function limitOf(args: Parsed): number | undefined {
  const limit = args.number('limit')
  if (limit !== 0) return limit
  throw new UsageError(
    '--limit takes a whole number from 1 on, not `0`.',
    'Leave --limit out for the default.',
  )
}

/** The items of a list operation from `--cursor` on, page by page, at most `--limit`. */
export async function listAll<T>(
  hub: HubClient,
  operationId: string,
  input: Readonly<Record<string, unknown>>,
  args: Parsed,
): Promise<Items<T>> {
  const limit = limitOf(args) ?? defaultLimit
  const items: T[] = []
  let cursor = args.text('cursor')
  while (items.length < limit) {
    const page: Items<T> = await hub.call(operationId, {
      ...input,
      limit: Math.min(pageSize, limit - items.length),
      ...compact({ cursor }),
    })
    items.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  return cursor === undefined ? { items } : { items, nextCursor: cursor }
}

/**
 * The lines below a table that does not show all rows, with an empty line before them. `flags` are the options that the next page needs as well.
 */
export function moreLine(
  list: Items<unknown>,
  args: Parsed,
  flags: Readonly<Record<string, string>> = {},
): string {
  if (list.nextCursor === undefined) return ''
  const count = list.items.length
  const shown =
    args.text('cursor') === undefined ? `These are the first ${count}.` : `These are ${count} more.`
  const options = Object.entries({ ...flags, cursor: list.nextCursor })
  const next = options.map(([name, value]) => `--${name} ${value}`).join(' ')
  return `\n\n${shown} Show more with a higher --limit, or continue with ${next}`
}
