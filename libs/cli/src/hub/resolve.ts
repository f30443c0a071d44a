import type { Account, ApiKey, Organization, Project } from '@alkdev/contracts'
import { compact, didYouMean } from '@alkdev/std'
import { NotFoundError, UsageError } from '../failure.ts'
import type { HubClient } from './hub-client.ts'
import { IdPart, isWholeId } from './id-part.ts'

const PAGE = 200
/** Maximum pages that are searched; after that the user has to give the id. */
const MOST_PAGES = 50

/** The first matching item of a list operation. `onCut` is called when the list is longer than what is searched. */
export async function find<T>(
  hub: HubClient,
  operationId: string,
  input: object,
  fits: (item: T) => boolean,
  onCut?: () => void,
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
  onCut?.()
  return undefined
}

/** The id of an account, from its id, the beginning or end of its id, or its e-mail address. Throws NotFoundError when none fits, UsageError when several do. */
export async function accountIdOf(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  const email = text.toLowerCase()
  const emails: string[] = []
  const part = new IdPart(text)
  const found = await find<Account>(
    hub,
    'accounts.list',
    {},
    (one) => {
      emails.push(one.email)
      part.see(one.accountId)
      return one.email === email
    },
    () => part.cut(),
  )
  const id = found?.accountId ?? part.only
  if (id !== undefined) return id
  throw new NotFoundError(
    'ACCOUNT_NOT_FOUND',
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

/** The id of an organization that you are a member of, from its id, the beginning or end of its id, or its name. Throws as `accountIdOf`. */
export async function orgIdOf(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  const names: string[] = []
  const part = new IdPart(text)
  const found = await find<Organization>(
    hub,
    'orgs.list',
    {},
    (one) => {
      names.push(one.name)
      part.see(one.orgId)
      return one.name === text
    },
    () => part.cut(),
  )
  const id = found?.orgId ?? part.only
  if (id !== undefined) return id
  throw new NotFoundError(
    'ORG_NOT_FOUND',
    `There is no organization ${text}, or you are no member.${didYouMean(text, names)}`,
    'Ids and names are shown by `alkhub orgs list`.',
  )
}

/** The id of a project that you may see, from its id, the beginning or end of its id, or its slug. Throws as `accountIdOf`. */
export async function projectIdOf(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  const slugs: string[] = []
  const part = new IdPart(text)
  const named: string[] = []
  await find<Project>(
    hub,
    'projects.list',
    {},
    (one) => {
      slugs.push(one.slug)
      part.see(one.projectId)
      if (one.slug === text) named.push(one.projectId)
      return false
    },
    () => part.cut(),
  )
  // An account and each of its organizations may have one.
  if (named.length > 1)
    throw new UsageError(
      `${named.length} projects have the slug ${text}.`,
      `Give the id of one: ${named.join(', ')}.`,
    )
  const id = named[0] ?? part.only
  if (id !== undefined) return id
  throw new NotFoundError(
    'PROJECT_NOT_FOUND',
    `There is no project ${text}, or you may not see it.${didYouMean(text, slugs)}`,
    'Ids and slugs are shown by `alkhub projects list`.',
  )
}

/** The id of a key, from its id, the beginning or end of its id, or from a name that one key alone has. Throws as `accountIdOf`. */
export async function keyIdOf(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  const part = new IdPart(text)
  const items: ApiKey[] = []
  await find<ApiKey>(
    hub,
    'keys.list',
    {},
    (one) => {
      items.push(one)
      return false
    },
    () => part.cut(),
  )
  const named = items.filter((one) => one.name === text)
  const [only] = named
  if (only !== undefined && named.length === 1) return only.keyId
  for (const { keyId } of only === undefined ? items : []) part.see(keyId)
  const id = part.only
  if (id !== undefined) return id
  if (only !== undefined)
    throw new UsageError(
      `${named.length} of your keys are called ${text}.`,
      `Give the id of one: ${named.map((one) => one.keyId).join(', ')}.`,
    )
  const names = new Set(items.flatMap((one) => one.name ?? []))
  throw new NotFoundError(
    'KEY_NOT_FOUND',
    `You have no key ${text}.${didYouMean(text, [...names])}`,
    'Ids and names are shown by `alkhub keys list`.',
  )
}
