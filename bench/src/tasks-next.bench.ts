import { must, uuidv7 } from '@alkdev/std'
import { startTortureStack } from '@alkdev/test/torture'
import type { TortureStack } from '@alkdev/test/torture'
import { httpCaller } from './http-caller.ts'
import { percentile } from './measure.ts'
import type { Row } from './row.ts'

const TASKS = 10_000
const ASKED = 60

/** `tasks.next` and a claim through a gateway, in a project of 10,000 tasks with touches and two dependencies each. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 0, spokes: 0, drainBudgetMs: 1000 })
  await fill(stack)
  await stack.add('coordinator')
  return [
    await measured(stack, 'tasks.next', {}, (answer) => answer['readyCount'] !== 0),
    await measured(stack, 'tasks.claim', { task: 't-00000' }, (answer) => 'claim' in answer),
  ]
}

async function measured(
  { gateway, key }: TortureStack,
  operationId: string,
  input: object,
  fits: (answer: Readonly<Record<string, unknown>>) => boolean,
): Promise<Row> {
  const headers = { authorization: `Bearer ${key}` }
  const url = `${gateway.url}/api/operations/${operationId}`
  const caller = httpCaller(url, { project: 'bench', ...input }, headers)
  const times: number[] = []
  for (let at = 0; at < ASKED; at += 1) {
    const from = performance.now()
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    const answer = (await caller.call()) as { data: Record<string, unknown> }
    times.push(performance.now() - from)
    if (at === 0 && !fits(answer.data)) throw new Error(`${operationId}: an unexpected answer`)
  }
  caller.close()
  const value = percentile(times, 0.5)
  return {
    name: `${operationId} among ${TASKS.toLocaleString('en')} tasks, p50`,
    value,
    unit: 'ms',
    target: '<= 50 ms',
    ok: value <= 50,
  }
}

/** A tenth of the tasks is ready; every task depends on up to two of those before it, and touches two folders. */
async function fill({ database }: TortureStack): Promise<void> {
  const { sql } = database
  const [account] = await sql<{ id: string }[]>`select owner_id as id from api_keys limit 1`
  const projectId = uuidv7()
  await sql`
    insert into projects (id, slug, name, owner_id) values (${projectId}, 'bench', 'bench', ${must(account).id})`
  await sql`
    insert into tasks (id, project_id, slug, name, scope, risk, touches, body)
    select '00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), ${projectId}, 't-' || lpad(n::text, 5, '0'), 'Task ' || n,
      (array['single', 'narrow', 'broad'])[1 + n % 3]::task_scope, (array['low', 'high'])[1 + n % 2]::task_risk,
      array['src/part-' || n % 500 || '/**', 'docs/part-' || n % 500 || '.md'], repeat('A text. ', 100)
    from generate_series(0, ${TASKS - 1}::int) n`
  await sql`
    insert into task_dependencies (id, project_id, dependent_task_id, depends_on_task_id)
    select '00000000-0000-7000-8001-' || lpad(to_hex(2 * n + k), 12, '0'), ${projectId},
      '00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), '00000000-0000-7000-8000-' || lpad(to_hex(n - 7 * k), 12, '0')
    from generate_series(${TASKS / 10}::int, ${TASKS - 1}::int) n, generate_series(1, 2) k`
  await sql`analyze tasks, task_dependencies`
}
