import { CLIENT_METHODS } from '@agentclientprotocol/sdk/unstable'
import type {
  AgentContext,
  PermissionOption,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from '@agentclientprotocol/sdk/unstable'
import type { SessionToolCall } from '@alkdev/contracts/agents'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { sessionScope } from '../sessions/session-scope.ts'
import { toolOf } from './session-updates.ts'

const OPTIONS: PermissionOption[] = [
  { optionId: 'once', name: 'Allow', kind: 'allow_once' },
  { optionId: 'session', name: 'Allow in this session', kind: 'allow_always' },
  { optionId: 'deny', name: 'Deny', kind: 'reject_once' },
]

/** Codes of approvals that another surface answered, or that are no longer needed. */
const OVER: ReadonlySet<string> = new Set([
  'APPROVAL_ANSWERED',
  'APPROVAL_EXPIRED',
  'APPROVAL_NOT_FOUND',
])

/** Questions to the user of the editor. A question that was answered elsewhere is withdrawn. */
export class Permissions {
  readonly #hub: HubClient
  readonly #client: AgentContext
  readonly #sessionId: string
  /** Open questions by tool call. */
  readonly #open = new Map<string, AbortController>()
  readonly #onError: (error: unknown) => void

  constructor(
    hub: HubClient,
    client: AgentContext,
    sessionId: string,
    onError: (error: unknown) => void,
  ) {
    this.#hub = hub
    this.#client = client
    this.#sessionId = sessionId
    this.#onError = onError
  }

  /** Asks once for each tool call, and gives the hub the answer. */
  ask(toolCall: SessionToolCall): void {
    const { toolCallId, approvalId } = toolCall
    if (approvalId === undefined || this.#open.has(toolCallId)) return
    const withdrawn = new AbortController()
    this.#open.set(toolCallId, withdrawn)
    this.#answer(toolCall, approvalId, withdrawn.signal).catch(this.#onError)
  }

  /** The call has ended, or was approved elsewhere. */
  withdraw(toolCallId: string): void {
    this.#open.get(toolCallId)?.abort()
  }

  withdrawAll(): void {
    for (const withdrawn of this.#open.values()) withdrawn.abort()
  }

  async #answer(
    toolCall: SessionToolCall,
    approvalId: string,
    cancellationSignal: AbortSignal,
  ): Promise<void> {
    const { outcome } = await this.#client.request<
      RequestPermissionResponse,
      RequestPermissionRequest
    >(
      CLIENT_METHODS.session_request_permission,
      { sessionId: this.#sessionId, toolCall: toolOf(toolCall), options: OPTIONS },
      { cancellationSignal },
    )
    // A cancelled question belongs to a turn that is stopped, whose end withdraws the approval.
    if (outcome.outcome === 'cancelled' || cancellationSignal.aborted) return
    const isAllowed = outcome.optionId === 'once' || outcome.optionId === 'session'
    try {
      await this.#hub.call('approvals.answer', {
        approvalId,
        decision: isAllowed ? 'allow' : 'deny',
        ...(outcome.optionId === 'session' && (await sessionScope(this.#hub, approvalId))),
      })
    } catch (error) {
      if (!(error instanceof HubProblemError) || !OVER.has(error.code)) throw error
    }
  }
}
