import { must } from '@alkdev/std'
import { startTortureStack } from '@alkdev/test/torture'
import type { TortureStack } from '@alkdev/test/torture'
import { httpCaller } from './http-caller.ts'
import { percentile } from './measure.ts'
import type { Row } from './row.ts'

const SESSIONS = 500
const ASKED = 60
const LEAD = '00000000-0000-7000-8000-000000000000'

/** `coord.status` through a gateway, of a tree of 500 sessions with reports, messages and findings. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 0, spokes: 0, drainBudgetMs: 1000 })
  await fill(stack)
  await stack.add('coordinator')
  const { gateway, key } = stack
  const url = `${gateway.url}/api/operations/coord.status`
  const caller = httpCaller(url, { sessionId: LEAD }, { authorization: `Bearer ${key}` })
  const times: number[] = []
  for (let at = 0; at < ASKED; at += 1) {
    const from = performance.now()
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    const { data } = (await caller.call()) as { data: { sessions: unknown[] } }
    times.push(performance.now() - from)
    if (data.sessions.length !== SESSIONS) throw new Error('coord.status: an unexpected answer')
  }
  caller.close()
  const value = percentile(times, 0.5)
  const name = `coord.status of ${SESSIONS} sessions, p50`
  return [{ name, value, unit: 'ms', target: '<= 50 ms', ok: value <= 50 }]
}

/** One lead with the other sessions in three levels below it; each has a report and 20 messages, and every fifth a finding. */
async function fill({ database }: TortureStack): Promise<void> {
  const { sql } = database
  const [account] = await sql<{ id: string }[]>`select owner_id as id from api_keys limit 1`
  const ownerId = must(account).id
  const projectId = '00000000-0000-7000-8001-000000000000'
  const idOf = (n: string) =>
    sql.unsafe(`'00000000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0')`)
  await sql`
    insert into projects (id, slug, name, owner_id) values (${projectId}, 'bench', 'bench', ${ownerId})`
  await sql`
    insert into sessions (id, account_id, project_id, slug, title, mode, status, parent_id, root_id, depth)
    select ${idOf('n')}, ${ownerId}, ${projectId}, 's-' || n, 'Session ' || n,
      (case when n = 0 then 'external' else 'agent' end)::session_mode, 'idle',
      case when n > 0 then ${idOf('n / 8')} end, ${LEAD}, least(n, 1 + n / 8 / 8)
    from generate_series(0, ${SESSIONS - 1}::int) n order by n`
  await sql`
    insert into mappings (id, session_id, parent_session_id, spawner_id, report)
    select gen_random_uuid()::text, ${idOf('n')}, ${idOf('n / 8')}, ${idOf('n / 8')}, repeat('A report. ', 20)
    from generate_series(1, ${SESSIONS - 1}::int) n`
  await sql`
    insert into messages (id, session_id, role, seq, mode, delivery, data)
    select gen_random_uuid()::text, ${idOf('n')}, 'user', k, 'queue', 'answered', '{}'
    from generate_series(1, ${SESSIONS - 1}::int) n, generate_series(1, 20) k`
  await sql`
    insert into detections (id, kind, severity, subject_type, subject_id, account_id, summary, evidence)
    select gen_random_uuid()::text, 'stall', 'medium', 'session', ${idOf('n')}, ${ownerId}, 'A finding', '{}'
    from generate_series(1, ${SESSIONS - 1}::int) n where n % 5 = 0`
  await sql`analyze sessions, mappings, messages, detections`
}
