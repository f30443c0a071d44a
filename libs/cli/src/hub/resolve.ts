import type { Account, Organization, Project } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import type { HubClient } from './hub-client.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const PAGE = 200
/** Pages that are looked through before one is asked for the id. */
const MOST_PAGES = 50

/** The one item of a list operation that fits. */
async function find<T>(
  hub: HubClient,
  operationId: string,
  input: object,
  fits: (item: T) => boolean,
): Promise<T | undefined> {
  let cursor: string | undefined
  for (let at = 0; at < MOST_PAGES; at += 1) {
    const page: { items: T[]; nextCursor?: string } = await hub.call(operationId, {
      ...input,
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    })
    const found = page.items.find(fits)
    if (found !== undefined) return found
    cursor = page.nextCursor
    if (cursor === undefined) return undefined
  }
  return undefined
}

/** The id of an account, from its id or e-mail address. */
export async function accountIdOf(hub: HubClient, text: string): Promise<string> {
  if (uuid.test(text)) return text
  const email = text.toLowerCase()
  const found = await find<Account>(hub, 'accounts.list', {}, (one) => one.email === email)
  if (found !== undefined) return found.accountId
  throw new OperatorError(
    `There is no account ${text}, or you may not see it.`,
    'Ids and addresses are shown by `alkhub accounts list`.',
  )
}

/** The id of an organization that you are a member of, from its id or name. */
export async function orgIdOf(hub: HubClient, text: string): Promise<string> {
  if (uuid.test(text)) return text
  const found = await find<Organization>(hub, 'orgs.list', {}, (one) => one.name === text)
  if (found !== undefined) return found.orgId
  throw new OperatorError(
    `There is no organization ${text}, or you are no member.`,
    'Ids and names are shown by `alkhub orgs list`.',
  )
}

/** The id of a project that you may see, from its id or slug. */
export async function projectIdOf(hub: HubClient, text: string): Promise<string> {
  if (uuid.test(text)) return text
  const found = await find<Project>(hub, 'projects.list', {}, (one) => one.slug === text)
  if (found !== undefined) return found.projectId
  throw new OperatorError(
    `There is no project ${text}, or you may not see it.`,
    'Ids and slugs are shown by `alkhub projects list`.',
  )
}
