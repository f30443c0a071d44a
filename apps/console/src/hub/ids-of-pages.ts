import { call } from './call.ts'
import type { Inputs, Outputs, Page } from './operations.ts'

/** Things of one bulk act at most, where each is a request of its own. */
export const MAX_IDS = 1000
const PAGE = 200

type Listing = 'calls.deadLetters' | 'calls.list' | 'calls.queued' | 'inbox.list' | 'sessions.list'
type ItemOf<Name extends Listing> = Outputs[Name] extends Page<infer T> ? T : never

/** The ids of what a list has, from all of its pages, `max` at most. Throws HubError. */
export async function idsOfPages<Name extends Listing>(
  name: Name,
  input: Inputs[Name],
  signal: AbortSignal,
  idOf: (item: ItemOf<Name>) => string,
  max = MAX_IDS,
): Promise<{ readonly ids: readonly string[]; readonly hasMore: boolean }> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const next = {
      ...input,
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    } as unknown as Inputs[Name]
    // oxlint-disable-next-line no-await-in-loop -- each page names the next one
    const page = (await call(name, next, { signal })) as unknown as Page<ItemOf<Name>>
    ids.push(...page.items.map((item) => idOf(item)))
    cursor = page.nextCursor
  } while (cursor !== undefined && ids.length < max)
  return { ids: ids.slice(0, max), hasMore: cursor !== undefined || ids.length > max }
}
