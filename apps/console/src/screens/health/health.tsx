import type {
  SystemFinding,
  SystemHealth,
  SystemInstance,
  SystemInvariant,
} from '@alkdev/contracts'
import { useCall } from '../../hub/use-call.ts'
import { Status } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { bytes, count, duration } from '../../ui/format.ts'
import { Facts, PageFrame, Section } from '../../ui/page.tsx'
import { Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago, Time } from '../../ui/time.tsx'

const EVERY_MS = 5000
const ORDER = ['wrong', 'note', 'ok'] as const

/** The processes of the hub and what they depend on, with what is wrong first. */
export function Health() {
  const loaded = useCall('system.health', {}, { everyMs: EVERY_MS })
  const { data } = loaded
  return (
    <PageFrame
      title="Health"
      note={
        data && (
          <>
            As of <Time at={data.at} />. It is read again every {EVERY_MS / 1000} s.
          </>
        )
      }
      actions={
        data && (
          <Status
            value={data.healthy ? 'ready' : 'failed'}
            text={data.healthy ? 'nothing is wrong' : `${countWrong(data)} wrong`}
          />
        )
      }
    >
      <Shown loaded={loaded}>
        {(health) => (
          <>
            <Findings findings={health.findings} />
            <Section title="Instances">
              <Instances instances={health.instances} />
            </Section>
            <div class="columns">
              <Section title="PostgreSQL">
                <Postgres state={health.postgres} />
              </Section>
              <Section title="Redis">
                <Redis state={health.redis} />
              </Section>
            </div>
            <Section title="Invariants">
              <Invariants invariants={health.invariants} />
            </Section>
          </>
        )}
      </Shown>
      <CliLine line="./alkhub call system.health" />
      <p class="dim">
        <code>./alkhub doctor</code> also checks the machine and the config files.
      </p>
    </PageFrame>
  )
}

function countWrong({ findings }: SystemHealth): number {
  return findings.filter(({ state }) => state === 'wrong').length
}

const STATES = {
  wrong: ['failed', 'wrong'],
  note: ['waiting', 'note'],
  ok: ['ready', 'well'],
} as const

function Findings({ findings }: { readonly findings: readonly SystemFinding[] }) {
  const sorted = ORDER.flatMap((state) => findings.filter((one) => one.state === state))
  return (
    <Table
      label="Findings"
      rows={sorted}
      keyOf={({ check, says }) => `${check} ${says}`}
      columns={[
        {
          title: 'State',
          cell: ({ state }) => <Status value={STATES[state][0]} text={STATES[state][1]} />,
        },
        { title: 'Of', cell: ({ check }) => <span class="nowrap">{check}</span> },
        {
          title: 'Finding',
          wide: true,
          cell: ({ says, fix }) => (
            <span class="wrap">
              {says} {fix !== undefined && <span class="dim">{fix}</span>}
            </span>
          ),
        },
      ]}
    />
  )
}

function Instances({ instances }: { readonly instances: readonly SystemInstance[] }) {
  return (
    <Table
      label="Instances"
      rows={instances}
      keyOf={({ instanceId }) => instanceId}
      columns={[
        { title: 'Service', cell: ({ service }) => service },
        { title: 'State', cell: ({ status }) => <Status value={status} /> },
        { title: 'Started', cell: ({ startedAt }) => <Ago at={startedAt} /> },
        { title: 'Calls now', numeric: true, cell: ({ calls }) => count(calls) },
        {
          title: 'Answered in',
          numeric: true,
          extra: true,
          cell: ({ answeredMs }) => duration(answeredMs) || <span class="dim">–</span>,
        },
        {
          title: 'Reaches',
          extra: true,
          cell: ({ postgres, redis }) => (
            <>
              <Reaches name="PostgreSQL" does={postgres} /> <Reaches name="Redis" does={redis} />
            </>
          ),
        },
        { title: 'Start took', numeric: true, extra: true, cell: (one) => duration(one.startMs) },
        { title: 'Instance', extra: true, cell: ({ instanceId }) => <Id value={instanceId} /> },
      ]}
    />
  )
}

function Reaches({ name, does }: { readonly name: string; readonly does: boolean | undefined }) {
  if (does === undefined) return null
  return <Status value={does ? 'ready' : 'failed'} text={does ? name : `not ${name}`} />
}

/** What must not be there, with what is there first. */
function Invariants({
  invariants,
}: {
  readonly invariants: readonly SystemInvariant[] | undefined
}) {
  if (invariants === undefined)
    return <p class="note">PostgreSQL did not count them in time. They are counted again.</p>
  return (
    <>
      <p class="dim">
        How often there is, for longer than a minute, what must not be there. Each is 0 in a hub
        that is well: what a failure leaves is repaired within seconds.
      </p>
      <Table
        label="Invariants"
        rows={invariants.toSorted((a, b) => b.broken - a.broken)}
        keyOf={({ name }) => name}
        columns={[
          {
            title: 'State',
            cell: ({ broken }) => (
              <Status
                value={broken > 0 ? 'failed' : 'ready'}
                text={broken > 0 ? 'broken' : 'holds'}
              />
            ),
          },
          { title: 'Count', numeric: true, cell: ({ broken }) => count(broken) },
          {
            title: 'Of',
            wide: true,
            cell: ({ counts, broken, keptBy }) => (
              <span class="wrap">
                {counts}{' '}
                {broken > 0 && (
                  <span class="dim">
                    The {keptBy} keeps this at 0. When it stays: does an instance of it take calls,
                    and what does <code>./alkhub logs {keptBy}</code> say?
                  </span>
                )}
              </span>
            ),
          },
          { title: 'Metric label', extra: true, cell: ({ name }) => <code>{name}</code> },
        ]}
      />
    </>
  )
}

function Postgres({
  state: { answeredMs, clockAheadMs, schemaLevel },
}: {
  readonly state: SystemHealth['postgres']
}) {
  return (
    <Facts
      facts={[
        ['Answered in', answeredMs === undefined ? 'no answer' : duration(answeredMs)],
        ['Schema level', schemaLevel],
        [
          'Clock ahead of the gateway',
          clockAheadMs === undefined ? undefined : `${clockAheadMs.toFixed(1)} ms`,
        ],
      ]}
    />
  )
}

function Redis({
  state: { answeredMs, usedBytes, maxBytes, evictionPolicy },
}: {
  readonly state: SystemHealth['redis']
}) {
  const limit = maxBytes === undefined || maxBytes === 0 ? 'no limit' : `of ${bytes(maxBytes)}`
  return (
    <Facts
      facts={[
        ['Answered in', answeredMs === undefined ? 'no answer' : duration(answeredMs)],
        ['Memory', usedBytes === undefined ? undefined : `${bytes(usedBytes)}, ${limit}`],
        ['Eviction', evictionPolicy],
      ]}
    />
  )
}
