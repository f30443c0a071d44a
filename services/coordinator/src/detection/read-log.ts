import { PARK_META } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { SessionLogRow } from '@alkdev/storage/coordination'
import type { SessionLog } from './session-log.ts'

/** Member of `_meta` of operations that ask for the state of something that goes on. */
const POLL_META = 'alkhub/poll'

type Bus = Pick<ServiceRuntime<'coordinator'>['bus'], 'directory'>

/** What was read of a session, as the rules take it. */
export function sessionLog(bus: Bus, row: SessionLogRow, now: number): SessionLog {
  const { accountId, orgId } = row
  const identity: Identity = {
    id: accountId ?? '',
    scopes: ['*'],
    resources: { 'spoke:*': ['call'] },
    orgIds: orgId === null ? [] : [orgId],
  }
  return {
    sessionId: row.id,
    now,
    status: row.status,
    progressAt: row.progressAt,
    personAt: row.personAt,
    calls: row.calls
      .filter(({ status }) => status !== 'planned' && status !== 'waiting')
      .map((call) => {
        const spec = bus.directory.get(call.operation, identity)?.spec
        return {
          id: call.id,
          at: call.at,
          endedAt: call.endedAt ?? undefined,
          operation: call.operation,
          input: call.input,
          result: call.result ?? undefined,
          failed: call.status !== 'done' && call.endedAt !== null,
          // Of an operation that is not known it is not known either.
          changes: spec?.hints?.readOnly !== true,
          poll: spec?._meta?.[POLL_META] === true || spec?._meta?.[PARK_META] !== undefined,
          ...compact({ code: memberOf(call.error, 'code') }),
        }
      }),
    steps: row.steps,
    compactions: row.compactions,
    spawns: row.spawns,
    liveChildren: row.liveChildren,
    ...(row.parentStatus !== null &&
      row.parentSince !== null && { parent: { status: row.parentStatus, since: row.parentSince } }),
    ...(row.tokenLimit !== null &&
      row.tokensUsed !== null && { budget: { limit: row.tokenLimit, used: row.tokensUsed } }),
    touches: row.touches,
    changed: row.calls.flatMap(({ file }) => memberOf(file, 'path') ?? []),
  }
}

/** A text member of what is JSON as a rule, and may be cut. */
function memberOf(json: string | null, member: string): string | undefined {
  if (json === null) return undefined
  try {
    const value: unknown = (JSON.parse(json) as Record<string, unknown>)[member]
    return typeof value === 'string' ? value : undefined
  } catch {
    const [, text] = new RegExp(`"${member}":"([^"\\\\]{1,1024})"`).exec(json) ?? []
    return text
  }
}
