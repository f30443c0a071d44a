import { CodedError, OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'

/** Exit codes of every command; part of the contract. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noHub: 3,
  refused: 4,
  interrupted: 130,
} as const

/** The command line is invalid: an unknown command, option or argument, or a value that can't be read. Exit code 2. */
export class UsageError extends OperatorError {}

/** No hub answers at the address, or none is known. Exit code 3. */
export class NoHubError extends OperatorError {}

/** The hub refuses the key, or what it may do. Exit code 4. */
export class RefusedError extends OperatorError {}

/** What an argument names was not found in the lists of the hub. `code` is what the hub answers for one of the kind: `SESSION_NOT_FOUND`. */
export class NotFoundError extends OperatorError {
  readonly code: string

  constructor(code: string, message: string, fix: string, options?: { cause?: unknown }) {
    super(message, fix, options)
    this.code = code
  }
}

/** The members of a hub's error. */
export interface HubProblem {
  readonly code: string
  readonly detail: string
  readonly requestId?: string
  readonly callId?: string
  readonly details?: unknown
  readonly retryAfterMs?: number
}

/** Fixes other than those of the codes: `otherwise` for a code without one, `instead` in any case. */
interface Fixes {
  /** The whole message, without the code. */
  readonly words?: string
  readonly otherwise?: string
  readonly instead?: string
}

/** What the hub answered when it refused or failed: a problem document as an error with its fix. */
export class HubProblemError extends OperatorError {
  readonly code: string
  readonly details: unknown
  readonly callId: string | undefined
  readonly retryAfterMs: number | undefined
  /** The call's id if a call was made, so that it can be looked up. */
  readonly shownCallId: string | undefined
  /** The message of the hub, without code and details. */
  readonly detail: string

  /** `operationId` is the operation that was called, when it was one. */
  constructor(problem: HubProblem, operationId?: string, fixes: Fixes = {}) {
    super(
      fixes.words ?? `${problem.code}: ${shownDetail(problem)}${shownDetails(problem)}`,
      fixes.instead ?? (fixOf(problem, operationId) || (fixes.otherwise ?? '')),
    )
    this.code = problem.code
    this.detail = problem.detail
    this.details = problem.details
    this.callId = problem.callId ?? problem.requestId
    this.retryAfterMs = problem.retryAfterMs
    this.shownCallId =
      operationId === undefined || NO_CALL.has(problem.code) ? undefined : this.callId
  }
}

/** The key lacks a scope, so that the hub does not show it an operation which exists. Exit code 4. */
export class MissingScopeError extends HubProblemError {}

/** The same error of a call of an operation, with another fix. */
export function withFix(
  error: HubProblemError,
  operationId: string,
  instead: string,
): HubProblemError {
  const { code, detail, details, callId, retryAfterMs } = error
  const problem = { code, detail, details, ...compact({ callId, retryAfterMs }) }
  return new HubProblemError(problem, operationId, { instead })
}

/** Refused before a call was made. */
const NO_CALL: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'OPERATION_NOT_FOUND',
  'RATE_LIMITED',
])

/** Text that ends like a sentence. */
export function sentence(text: string): string {
  return /[.!?:]\s*$/.test(text) ? text : `${text}.`
}

function fixOf(problem: HubProblem, operationId: string | undefined): string {
  const { code, details, retryAfterMs } = problem
  const shell = operationId === undefined ? undefined : `\`alkhub ops ${operationId}\``
  const again = retryAfterMs === undefined ? 'in a moment' : `in ${seconds(retryAfterMs)}`
  switch (code) {
    case 'UNAUTHENTICATED':
      return 'Give a valid key with --key-file FILE.'
    case 'OPERATION_NOT_FOUND':
      return 'Find its name with `alkhub ops [words]`, which lists what the key may use.'
    case 'PROVIDER_UNAVAILABLE':
      return 'Nothing has run: attach its spoke or start its service, then call again.'
    case 'OVERLOADED':
      return `Nothing has run: call again ${again}.`
    case 'RATE_LIMITED':
    case 'UNAVAILABLE':
      return `Try again ${again}.`
    case 'BUDGET_EXCEEDED':
    case 'MODEL_UNPRICED':
      return '`alkhub budgets list` shows the budgets.'
    case 'MEMBER_NOT_FOUND':
      return '`alkhub orgs members ORG` shows the members.'
    case 'MESSAGE_NOT_FOUND':
      return '`alkhub sessions messages SESSION` shows the messages.'
    case 'WORKSPACE_NOT_FOUND':
      return '`alkhub workspaces list PROJECT` shows the workspaces.'
    case 'STEP_NOT_FOUND':
      return '`alkhub workflows get RUN` shows the steps of a run.'
    case 'VALIDATION_ERROR':
      return shell === undefined || !hasErrors(details)
        ? ''
        : `${shell} shows what the operation takes.`
    case 'CONFLICT':
      return conflictFix(problem, operationId)
    default:
      return Object.hasOwn(LISTED_BY, code)
        ? `\`alkhub ${LISTED_BY[code] ?? ''}\` lists those that you may see.`
        : ''
  }
}

/** Groups of commands with a list, whose operations have the same first name. */
const LISTING: ReadonlySet<string> = new Set([
  ...['accounts', 'approvals', 'budgets', 'calls', 'clients', 'keys', 'orgs', 'projects', 'roles'],
  ...['schedules', 'sessions', 'spokes', 'tasks', 'webhooks', 'workflows'],
])

/** What to do where something is there already, or is in a state that forbids the request. A sentence of the hub that says it itself comes first. */
function conflictFix({ detail }: HubProblem, operationId = ''): string {
  const [group = ''] = operationId.split('.')
  if (!LISTING.has(group) || /[;:] |first\./.test(detail)) return ''
  const list = `\`alkhub ${group} list\``
  if (/already|reserved|taken/.test(detail) && /\.(?:create|add|import)$/.test(operationId))
    return `Give another name, or change the one that is there: ${list} shows them.`
  return `${list} shows the present state.`
}

/** The command that lists what was not found, by the code of the error. */
const LISTED_BY: Readonly<Record<string, string>> = {
  ACCOUNT_NOT_FOUND: 'accounts list',
  APPROVAL_NOT_FOUND: 'approvals list',
  BUDGET_NOT_FOUND: 'budgets list',
  CALL_NOT_FOUND: 'calls list',
  CLIENT_NOT_FOUND: 'clients list',
  INVITATION_NOT_FOUND: 'orgs invitations',
  KEY_NOT_FOUND: 'keys list',
  MODEL_NOT_FOUND: 'call inference.models',
  ORG_NOT_FOUND: 'orgs list',
  PROJECT_NOT_FOUND: 'projects list',
  ROLE_NOT_FOUND: 'roles list',
  RUN_NOT_FOUND: 'workflows runs',
  SCHEDULE_NOT_FOUND: 'schedules list',
  SESSION_NOT_FOUND: 'sessions list',
  SPOKE_NOT_FOUND: 'spokes list',
  TASK_NOT_FOUND: 'tasks list --synced',
  WEBHOOK_NOT_FOUND: 'webhooks list',
  WORKFLOW_NOT_FOUND: 'workflows list',
}

function seconds(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms / 1000))
  return whole === 1 ? '1 second' : `${whole} seconds`
}

function hasErrors(details: unknown): details is { errors: { path: string; message: string }[] } {
  return Array.isArray((details as { errors?: unknown } | undefined)?.errors)
}

/** The hub's sentence; without the failing paths that it ends with, since they follow line by line. */
function shownDetail({ detail, details }: HubProblem): string {
  const first = hasErrors(details) ? details.errors[0] : undefined
  const colon = detail.indexOf(': ')
  return first !== undefined && colon > 0 && detail.slice(colon).includes(first.message)
    ? detail.slice(0, colon + 1)
    : sentence(detail)
}

function isRuleOnly(details: object): boolean {
  const names = Object.keys(details)
  return names.length === 1 && names[0] === 'rule'
}

/** Details for people: failing paths as lines, missing scopes as a list, anything else as JSON. */
function shownDetails({ code, details }: HubProblem): string {
  if (details === undefined || details === null || code === 'OPERATION_NOT_FOUND') return ''
  if (hasErrors(details)) {
    if (details.errors.length === 0) return ''
    return `\n${details.errors.map((error) => `  ${error.path || '/'}: ${error.message}`).join('\n')}\n`
  }
  const { missing } = details as { missing?: unknown }
  if (Array.isArray(missing) && missing.length > 0) return ` Missing: ${missing.join(', ')}.`
  const text = JSON.stringify(details)
  // The message names what was not found, and `rule` is the name of a database constraint.
  return text === '{}' || Object.hasOwn(LISTED_BY, code) || isRuleOnly(details)
    ? ''
    : `\n  details: ${text.length > 2000 ? `${text.slice(0, 2000)}…` : text}\n`
}

/** The exit code of a failed command: that of its code under `--json`, whatever wraps the answer of the hub. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof NoHubError) return EXIT.noHub
  if (error instanceof RefusedError || error instanceof MissingScopeError) return EXIT.refused
  const { code } = failureJson(error).error
  return code === 'UNAUTHENTICATED' || code === 'ACCESS_DENIED' ? EXIT.refused : EXIT.failed
}

/** What `--json` prints on standard output when a command fails. */
export interface FailureJson {
  readonly error: {
    readonly code: string
    readonly message: string
    /** The fix, if there is one. */
    readonly fix?: string
    readonly details?: unknown
    readonly callId?: string
    readonly retryAfterMs?: number
  }
}

/** A failure as data: the hub's own code, that of what is missing, or USAGE, NO_HUB or FAILED for what failed on this machine. */
export function failureJson(error: unknown): FailureJson {
  if (error instanceof HubProblemError) {
    const { code, detail, details, callId, retryAfterMs, fix } = error
    return {
      error: {
        code,
        message: detail,
        ...(fix !== '' && { fix }),
        ...compact({ details, callId, retryAfterMs }),
      },
    }
  }
  if (error instanceof OperatorError) {
    const code = codeOf(error)
    const fix = error.fix.trim()
    return { error: { code, message: error.message.trim(), ...(fix !== '' && { fix }) } }
  }
  if (error instanceof CodedError) {
    const { code, message, details } = error
    return { error: { code, message, ...compact({ details }) } }
  }
  return { error: { code: 'FAILED', message: firstLine(error) } }
}

function codeOf(error: OperatorError): string {
  if (error instanceof UsageError) return 'USAGE'
  if (error instanceof NoHubError) return 'NO_HUB'
  if (error instanceof NotFoundError) return error.code
  const { cause } = error
  return cause instanceof HubProblemError || cause instanceof CodedError ? cause.code : 'FAILED'
}

/** The first line of the message of anything thrown. */
export function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'Something failed.'
}
