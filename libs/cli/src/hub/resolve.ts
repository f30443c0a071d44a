import type { Account, ApiKey, Organization, Project } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { compact, didYouMean } from '@alkdev/std'
import type { HubClient } from './hub-client.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const PAGE = 200
/** Maximum pages that are searched; after that the user has to give the id. */
const MOST_PAGES = 50

/** The only matching item of a list operation. */
export async function find<T>(
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
      ...compact({ cursor }),
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
  const emails: string[] = []
  const found = await find<Account>(hub, 'accounts.list', {}, (one) => {
    emails.push(one.email)
    return one.email === email
  })
  if (found !== undefined) return found.accountId
  throw new OperatorError(
    `There is no account ${text}, or you may not see it.${didYouMean(email, similarAddresses(email, emails))}`,
    'Ids and addresses are shown by `alkhub accounts list`.',
  )
}

/** Addresses whose part before the @ is similar to that of `email`; an equal domain alone does not count as similar. */
function similarAddresses(email: string, emails: readonly string[]): readonly string[] {
  const localPart = (address: string): string => address.split('@', 1)[0] ?? ''
  const wanted = localPart(email)
  return emails.filter((one) => {
    const local = localPart(one)
    return local === wanted || didYouMean(wanted, [local]) !== ''
  })
}

/** The id of an organization that you are a member of, from its id or name. */
export async function orgIdOf(hub: HubClient, text: string): Promise<string> {
  if (uuid.test(text)) return text
  const names: string[] = []
  const found = await find<Organization>(hub, 'orgs.list', {}, (one) => {
    names.push(one.name)
    return one.name === text
  })
  if (found !== undefined) return found.orgId
  throw new OperatorError(
    `There is no organization ${text}, or you are no member.${didYouMean(text, names)}`,
    'Ids and names are shown by `alkhub orgs list`.',
  )
}

/** The id of a project that you may see, from its id or slug. */
export async function projectIdOf(hub: HubClient, text: string): Promise<string> {
  if (uuid.test(text)) return text
  const slugs: string[] = []
  const found = await find<Project>(hub, 'projects.list', {}, (one) => {
    slugs.push(one.slug)
    return one.slug === text
  })
  if (found !== undefined) return found.projectId
  throw new OperatorError(
    `There is no project ${text}, or you may not see it.${didYouMean(text, slugs)}`,
    'Ids and slugs are shown by `alkhub projects list`.',
  )
}

/** The id of a key, from its id or from a name that one key alone has. */
export async function keyIdOf(hub: HubClient, text: string): Promise<string> {
  if (uuid.test(text)) return text
  const { items } = await hub.call<{ items: readonly ApiKey[] }>('keys.list', { limit: PAGE })
  const named = items.filter((one) => one.name === text)
  const [only] = named
  if (only !== undefined && named.length === 1) return only.keyId
  throw new OperatorError(
    only === undefined
      ? `You have no key ${text}.${didYouMean(text, [
          ...new Set(items.flatMap((one) => one.name ?? [])),
        ])}`
      : `${named.length} of your keys are called ${text}.`,
    only === undefined
      ? 'Ids and names are shown by `alkhub keys list`.'
      : `Give the id of one: ${named.map((one) => one.keyId).join(', ')}.`,
  )
}
