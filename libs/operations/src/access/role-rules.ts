import { canonicalJson } from '@alkdev/std'
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { CallError } from '../calls/call-error.ts'
import { pointerTokens } from '../schema/json-pointer.ts'
import type { Identity, OperationSpec } from '../registry/types.ts'

export type RulePermission = 'allow' | 'ask' | 'deny'

/** One rule of a role; the first whose action and pattern match decides. */
export interface RoleRule {
  /** The own name of an operation (`fs.read`) or its id, with `*`. */
  readonly action: string
  readonly permission: RulePermission
  /** What the resource of the call must match, with `*`. */
  readonly pattern: string
}

/** Member of `_meta` with the JSON Pointer to the resource in the input: a path, or a command. */
export const RESOURCE_META = 'alkhub/resource'

/** Refused to sessions whatever their roles say: they would get more rights than the session has, or leave it. */
const NEVER = [
  'keys.',
  'accounts.',
  'orgs.',
  'roles.',
  'clients.',
  'limits.',
  'budgets.set',
  'budgets.delete',
  'schedules.',
  'webhooks.',
  'workflows.',
  'workspaces.create',
  'workspaces.update',
  'workspaces.delete',
  'calls.enqueue',
  'calls.enqueueMany',
  'calls.repeat',
  'calls.repeatDead',
  'sessions.create',
  'sessions.fork',
  'sessions.import',
  'sessions.regrant',
  'sessions.delete',
]
/** Needed to find what the role allows; they show only what the caller may see. And what concerns the session alone: its list, and a pause. */
const ALWAYS: ReadonlySet<string> = new Set([
  'hub.list',
  'hub.search',
  'hub.schema',
  'sessions.setTodos',
  'coord.sleep',
])
const STRICTNESS: Readonly<Record<RulePermission, number>> = { allow: 0, ask: 1, deny: 2 }
/** Characters of a path of which each folder is compared. A longer one is covered by all rules that deny or ask. */
const MAX_PATH = 4096
/** What makes a command more than one command. */
const SHELL_SYNTAX = /[;&|$`<>()\n\r\\]/

/** `dev.<spoke>.fs.read` is `fs.read`: a pool and a pinned operation have the same rules. */
export function ownNameOf(operationId: string): string {
  const parts = operationId.split('.')
  return parts.length === 4 ? parts.slice(2).join('.') : operationId
}

/** The text that patterns are held against; undefined when the operation names none, or the input has none. */
export function resourceOf(spec: Pick<OperationSpec, '_meta'>, input: unknown): string | undefined {
  const pointer = spec._meta?.[RESOURCE_META]
  const tokens = typeof pointer === 'string' ? pointerTokens(pointer) : undefined
  let at: unknown = input
  for (const token of tokens ?? []) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[token]
  }
  return tokens !== undefined && typeof at === 'string' ? at : undefined
}

/**
 * What the roles of a session say of a call: the strictest of all roles of its chain. Within a role the first rule that matches decides, and a call
 * that none matches is denied.
 */
export function rulesDecision(
  roles: readonly (readonly RoleRule[])[],
  spec: Pick<OperationSpec, '_meta'>,
  operationId: string,
  input: unknown,
): RulePermission {
  if (ALWAYS.has(operationId)) return 'allow'
  if (NEVER.some((name) => matchesName(name, operationId))) return 'deny'
  const resource = resourceOf(spec, input)
  let decision: RulePermission = 'allow'
  for (const rules of roles) {
    const found = rules.find((rule) => applies(rule, operationId, resource))?.permission ?? 'deny'
    if (STRICTNESS[found] > STRICTNESS[decision]) decision = found
  }
  return decision
}

/** False when the roles refuse each call of an operation; true when they allow some input, or ask about it. */
export function mayBeAllowed(
  roles: readonly (readonly RoleRule[])[],
  operationId: string,
): boolean {
  if (ALWAYS.has(operationId)) return true
  if (NEVER.some((name) => matchesName(name, operationId))) return false
  return roles.every((rules) => {
    const decisive = rules.filter(({ action }) => matchesAction(action, operationId))
    const end = decisive.findIndex(({ pattern }) => pattern === '*')
    return decisive
      .slice(0, end < 0 ? undefined : end + 1)
      .some(({ permission }) => permission !== 'deny')
  })
}

function matchesName(name: string, operationId: string): boolean {
  return name.endsWith('.') ? operationId.startsWith(name) : operationId === name
}

function applies(
  { action, permission, pattern }: RoleRule,
  operationId: string,
  resource: string | undefined,
): boolean {
  if (!matchesAction(action, operationId)) return false
  return matchesResource(pattern, ownNameOf(operationId), resource, permission === 'allow')
}

function matchesAction(action: string, operationId: string): boolean {
  return matchesPattern(action, ownNameOf(operationId)) || matchesPattern(action, operationId)
}

/**
 * True when a pattern covers the resource. A rule that allows covers only what can be compared as text: no command with shell syntax, and no path
 * with `..` in it. A rule that denies or asks covers a path however it is written, also one that begins above the folder that it is relative to.
 */
export function matchesResource(
  pattern: string,
  ownName: string,
  resource: string | undefined,
  allows: boolean,
): boolean {
  if (pattern === '*') return true
  if (resource === undefined) return false
  if (ownName === 'shell.run')
    return !(allows && SHELL_SYNTAX.test(resource)) && matchesPattern(pattern, resource.trim())
  const path = resource
    .replaceAll('\\', '/')
    .replaceAll(/\/{2,}/g, '/')
    .replaceAll(/(^|\/)(?:\.\/)+/g, '$1')
  const wanted = pattern.replace(/^\.\//, '')
  if (allows) return !path.split('/').includes('..') && matchesPattern(wanted, path)
  return matchesPattern(wanted, path) || coversPath(wanted, path)
}

/** The folder that a path is relative to is not known here: a path that begins above it may be any of its own endings. */
function coversPath(pattern: string, path: string): boolean {
  if (path.length > MAX_PATH) return true
  const plain = posix.normalize(path)
  if (matchesPattern(pattern, plain)) return true
  if (!/^(?:\/|\.\.(?:\/|$)|[A-Za-z]:)/.test(plain)) return false
  for (let at = plain.indexOf('/'); at >= 0; at = plain.indexOf('/', at + 1))
    if (matchesPattern(pattern, plain.slice(at + 1))) return true
  return false
}

/** True when the text matches the pattern, in which `*` stands for any text and all other characters for themselves. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return pattern === text
  if (!text.startsWith(first) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Identifies an exact call: an approval counts for this input only. */
export function callHash(operationId: string, input: unknown): string {
  return createHash('sha256')
    .update(canonicalJson([operationId, input === undefined ? null : input]))
    .digest('hex')
}

/**
 * The error of a call that the roles of the session of the principal do not allow; undefined when they do, and for a principal without a session.
 * A call that needs an approval passes only when the principal has it for this exact call.
 */
export function roleRefusal(
  principal: Identity,
  spec: Pick<OperationSpec, '_meta'>,
  operationId: string,
  input: unknown,
): CallError | undefined {
  if (principal.sessionId === undefined) return undefined
  // The rules were not looked up.
  const decision =
    principal.rules === undefined
      ? 'deny'
      : rulesDecision(principal.rules, spec, operationId, input)
  if (decision === 'allow') return undefined
  const { approvedCall } = principal
  if (
    decision === 'ask' &&
    approvedCall !== undefined &&
    approvedCall === callHash(operationId, input)
  )
    return undefined
  const message =
    decision === 'ask'
      ? `The role of the session needs an approval for ${operationId}.`
      : `The role of the session does not allow ${operationId}.`
  return new CallError('ACCESS_DENIED', message, {
    operationId,
    reason: decision === 'ask' ? 'needs_approval' : 'role',
  })
}
