import { namedPattern } from '@alkdev/operations'

/** Names of spokes and clients. */
export const SPOKE_NAME_PATTERN = namedPattern(
  '^[a-z0-9][a-z0-9-]{0,62}$',
  'must be lower-case letters, digits and hyphens, 63 at most, with a letter or digit first',
)
/** Namespaces and names of operations, each by itself. */
export const OPERATION_NAME_PATTERN = namedPattern(
  '^[A-Za-z][A-Za-z0-9_-]{0,63}$',
  'must be letters, digits, hyphens and underscores, 64 at most, with a letter first',
)
/** A spoke's own `namespace.name`. */
export const OWN_OPERATION_PATTERN = namedPattern(
  '^[A-Za-z][A-Za-z0-9_-]{0,63}\\.[A-Za-z][A-Za-z0-9_-]{0,63}$',
  'must be `namespace.name`, for instance `fs.read`',
)

/** Namespaces of the hub's services. */
export const SERVICE_NAMESPACES = [
  'hub',
  'accounts',
  'orgs',
  'keys',
  'clients',
  'roles',
  'projects',
  'sessions',
  'coord',
  'tasks',
  'workflows',
  'calls',
  'spokes',
  'inference',
  'audit',
  'limits',
  'workspaces',
  'approvals',
  'inbox',
  'budgets',
  'schedules',
  'webhooks',
  'system',
] as const

/** Namespaces of services and of views that come later. A spoke that used one today would break on the day it is taken. */
const FUTURE_NAMESPACES = ['mcp', 'console', 'models'] as const

export const SPOKE_TYPES = ['dev-env', 'client', 'compute'] as const
export type SpokeType = (typeof SPOKE_TYPES)[number]

/** First part of a pinned operation id, by type of spoke: `dev.<spoke>.fs.read`. */
export const SPOKE_KINDS = {
  'dev-env': 'dev',
  client: 'client',
  compute: 'compute',
} as const satisfies Record<SpokeType, string>
export type SpokeKind = (typeof SPOKE_KINDS)[SpokeType]

const reserved: ReadonlySet<string> = new Set([
  ...SERVICE_NAMESPACES,
  ...FUTURE_NAMESPACES,
  ...Object.values(SPOKE_KINDS),
])
const spokeName = new RegExp(SPOKE_NAME_PATTERN)
const operationName = new RegExp(OPERATION_NAME_PATTERN)

/** True when a spoke may not use the namespace for operations of its own. Names of clients are reserved as well; those the registry knows. */
export function isReservedNamespace(namespace: string): boolean {
  return reserved.has(namespace)
}

export function isSpokeName(name: string): boolean {
  return spokeName.test(name)
}

/** For a namespace or the name of an operation, each by itself. */
export function isOperationName(name: string): boolean {
  return operationName.test(name)
}

/** What the hub calls operation `ownName` (`namespace.name`) of a spoke. */
export function pinnedOperationId(
  spokeType: SpokeType,
  spokeName: string,
  ownName: string,
): string {
  return `${SPOKE_KINDS[spokeType]}.${spokeName}.${ownName}`
}

const INVISIBLE =
  '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff'

/**
 * Names that people read in lists: no control characters, no invisible characters, no characters that change the direction of the text,
 * and at least one character that is not blank. The prefix and the rest do not overlap, so that the check takes linear time.
 */
export const NAME_PATTERN = namedPattern(
  `^[ \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000]*[^\\s${INVISIBLE}][^${INVISIBLE}]*$`,
  'must be one line of text that is not blank, without invisible characters and those that change its direction',
)
