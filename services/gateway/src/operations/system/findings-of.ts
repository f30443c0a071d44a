import { SERVICE_NAMES } from '@alkdev/contracts'
import type {
  ServiceName,
  SystemFinding,
  SystemHealth,
  SystemInstance,
  SystemInvariant,
} from '@alkdev/contracts'
import type { PostgresState } from './read-postgres.ts'

/** A clock that differs by less needs no attention. */
const MAX_SKEW_MS = 2000
/** An instance that takes longer to answer is noted. */
const SLOW_MS = 1000
/** Share of its memory from which Redis is noted. */
const FULL = 0.8

export interface HubState {
  readonly instances: readonly SystemInstance[]
  readonly postgres: PostgresState
  readonly redis: SystemHealth['redis']
  /** Absent when they could not be counted. */
  readonly invariants?: readonly SystemInvariant[]
}

/** What is wrong or remarkable, and how to correct it; what is right in one line each. */
export function findingsOf({
  instances,
  postgres,
  redis,
  invariants,
}: HubState): readonly SystemFinding[] {
  return [
    ...SERVICE_NAMES.flatMap((service) =>
      ofService(
        service,
        instances.filter((one) => one.service === service),
      ),
    ),
    ...ofPostgres(postgres),
    ...ofRedis(redis),
    // Without PostgreSQL there is nothing to say of them.
    ...(postgres.answeredMs === undefined ? [] : ofInvariants(invariants)),
  ]
}

function ofService(
  service: ServiceName,
  instances: readonly SystemInstance[],
): readonly SystemFinding[] {
  const taking = instances.filter(({ status }) => status === 'ready')
  const findings = instances.flatMap((one) => ofInstance(one))
  if (taking.length === 0)
    return [
      wrong(
        service,
        'No instance of it takes calls.',
        `Start it, or look at \`./alkhub logs ${service}\` for why it stopped.`,
      ),
      ...findings,
    ]
  if (findings.length > 0) return findings
  return [
    ok(
      service,
      taking.length === 1 ? 'One instance takes calls.' : `${taking.length} instances take calls.`,
    ),
  ]
}

function ofInstance({
  service,
  instanceId,
  status,
  redis,
  postgres,
  answeredMs = 0,
}: SystemInstance): readonly SystemFinding[] {
  const name = `Instance ${instanceId}`
  const logs = `Look at \`./alkhub logs ${service}\`.`
  switch (status) {
    case 'draining':
      return [note(service, `${name} is draining: it ends its calls and takes no new ones.`)]
    case 'no-answer':
      return [wrong(service, `${name} has a lease, but does not answer.`, logs)]
    case 'not-ready': {
      const missing = [redis === false && 'Redis', postgres === false && 'PostgreSQL']
      const names = missing.filter((one) => one !== false)
      const why = names.length > 0 ? `: it does not reach ${names.join(' and ')}` : ''
      return [wrong(service, `${name} is not ready${why}.`, logs)]
    }
    case 'ready':
      return answeredMs > SLOW_MS
        ? [
            note(
              service,
              `${name} took ${Math.round(answeredMs)} ms to answer: it has too much to do.`,
              'Add a replica, or give it more processor time.',
            ),
          ]
        : []
  }
  return status satisfies never
}

function ofPostgres({
  answeredMs,
  schemaLevel,
  clockAheadMs = 0,
  schema,
}: PostgresState): readonly SystemFinding[] {
  const check = 'PostgreSQL'
  if (answeredMs === undefined)
    return [wrong(check, 'It does not answer.', 'Look at its log, and at the network to it.')]
  const findings: SystemFinding[] = []
  if (schema !== undefined) findings.push(wrong(check, schema.says, schema.fix))
  const isExact = Math.abs(clockAheadMs) <= MAX_SKEW_MS + answeredMs
  if (!isExact)
    findings.push(
      wrong(
        check,
        `Its clock is ${(Math.abs(clockAheadMs) / 1000).toFixed(1)} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} that of the gateway.`,
        'Set both clocks from the same source (NTP).',
      ),
    )
  return findings.length > 0
    ? findings
    : [ok(check, `It answers, and its schema fits level ${schemaLevel}.`)]
}

function ofRedis({
  answeredMs,
  usedBytes = 0,
  maxBytes = 0,
  evictionPolicy,
}: SystemHealth['redis']): readonly SystemFinding[] {
  const check = 'Redis'
  if (answeredMs === undefined)
    return [wrong(check, 'It does not answer.', 'Look at its log, and at the network to it.')]
  if (evictionPolicy === undefined)
    return [note(check, 'It answers, but its settings may not be read.', 'Allow the user `+info`.')]
  const findings: SystemFinding[] = []
  if (evictionPolicy !== 'noeviction')
    findings.push(
      wrong(
        check,
        `maxmemory-policy is ${evictionPolicy}: Redis may drop jobs and leases.`,
        'Set `maxmemory-policy noeviction` in its configuration.',
      ),
    )
  if (maxBytes > 0 && usedBytes > maxBytes * FULL)
    findings.push(
      note(
        check,
        `${Math.round((usedBytes / maxBytes) * 100)} % of its memory is used.`,
        'Raise `maxmemory` in its configuration.',
      ),
    )
  return findings.length > 0 ? findings : [ok(check, 'It answers, and its settings fit.')]
}

function ofInvariants(
  invariants: readonly SystemInvariant[] | undefined,
): readonly SystemFinding[] {
  const check = 'Invariants'
  if (invariants === undefined) return [note(check, 'PostgreSQL did not count them in time.')]
  const broken = invariants.filter((one) => one.broken > 0)
  if (broken.length === 0) return [ok(check, `All ${invariants.length} hold.`)]
  return broken.map((one) =>
    wrong(
      check,
      `${one.broken} ${one.counts}.`,
      `The ${one.keptBy} keeps this at 0: check that it takes calls, and look at \`./alkhub logs ${one.keptBy}\`.`,
    ),
  )
}

function ok(check: string, says: string): SystemFinding {
  return { check, state: 'ok', says }
}

function note(check: string, says: string, fix?: string): SystemFinding {
  return { check, state: 'note', says, ...(fix !== undefined && { fix }) }
}

function wrong(check: string, says: string, fix: string): SystemFinding {
  return { check, state: 'wrong', says, fix }
}
