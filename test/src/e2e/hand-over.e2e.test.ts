import { existsSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attachSpoke, query } from '@alkdev/spoke'
import { must } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeGitFolder } from '../git-folder.ts'
import type { GitFolder } from '../git-folder.ts'
import { call } from '../http.ts'
import { commandMain } from '../programs.ts'
import { Machine } from '../torture/machine.ts'
import { startPlanStack } from '../torture/plan/plan-stack.ts'
import type { PlanStack } from '../torture/plan/plan-stack.ts'

const tool = (operationId: string, input: string) => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`
const SAVED = '{{prompt /saved as (refs[A-Za-z0-9_\\/-]+)/}}'

/** The first session of the task never ends by itself. The next one takes over what it left. */
const SCRIPT = `
models:
  worker:
    turns:
      - when: 'worked on this task before'
        steps:
          - calls:${tool('git.diff', `{ against: '${SAVED}' }`)}
          - calls:${tool('shell.run', `{ command: 'git checkout ${SAVED} -- .' }`)}
          - calls:${tool('git.commit', "{ message: 'go on' }")}
          - calls:${tool('coord.notify', "{ kind: finish, text: 'Went on.' }")}
          - say: Finished.
      - when: '^You work on the task'
        steps:
          - calls:${tool('fs.write', '{ path: committed.txt, content: "1\\n" }')}
          - calls:${tool('git.commit', '{ message: begin }')}
          - calls:${tool('coord.notify', "{ kind: report, text: 'Half of it is done.' }")}
          - calls:${tool('fs.write', '{ path: written.txt, content: "2\\n" }')}
          - calls:${tool('shell.run', "{ command: 'echo 3 > late.txt && sleep 600' }")}
          - say: Never.
      - steps:
          - say: I do not know this task.
`

const stack = new AsyncDisposableStack()
let started: PlanStack
beforeAll(async () => {
  started = stack.use(await startPlanStack({ coordinators: 1, script: SCRIPT }))
}, 180_000)
afterAll(() => stack.disposeAsync())

interface Lead {
  readonly repository: GitFolder
  readonly spokes: readonly Machine[]
  readonly run: Machine
  /** The sessions of the task, the first one first. */
  readonly sessions: () => Promise<Worked[]>
}

interface Worked {
  readonly id: string
  readonly status: string
  readonly reason: string | null
  readonly branch: string
  readonly evidence: Record<string, string> | null
}

/** A plan of one task, on which `alkhub coord run` works with two spokes. `folderOf`: what the second one serves. */
async function lead(project: string, folderOf: (repository: GitFolder) => string): Promise<Lead> {
  const { hub, home, insist } = started
  const repository = stack.use(makeGitFolder())
  const plan = join(home, project)
  await mkdir(plan)
  await writeFile(
    join(plan, `${project}.md`),
    `---\nid: ${project}\nname: Write\ndependsOn: []\n---\nWrite.\n`,
  )
  const machine = (name: string, ...args: string[]): Machine => {
    const common = ['--hub', hub.gateway.url, '--key-file', hub.keyFile]
    const made = stack.use(
      new Machine({
        name,
        args: [commandMain(), ...args, ...common],
        cwd: home,
        env: { XDG_STATE_HOME: home },
      }),
    )
    made.start()
    return made
  }
  const names = [`${project}-b`, `${project}-a`]
  const folders = [folderOf(repository), repository.folder]
  const spokes: Machine[] = []
  for (const [at, name] of names.entries()) {
    const folder = must(folders[at])
    spokes.unshift(machine(name, 'spoke', '--dir', folder, '--name', name, '--allow-shell'))
    // oxlint-disable-next-line no-await-in-loop -- the one that stays is attached before the other
    await insist(`dev.${name}.git.repository`, {})
  }
  const run = machine(
    ...(['run', 'coord', 'run', plan, '--project', project, '--into', 'plan/result'] as const),
    ...['--model', 'scripted/worker', '--max', '1'],
    ...['--spoke', `${project}-a`, '--spoke', `${project}-b`],
  )
  const sessions = async (): Promise<Worked[]> => [
    ...(await hub.database.sql<Worked[]>`
      select s.id, s.status::text, s.end_reason::text as reason, w.branch, m.evidence
      from mappings m join sessions s on s.id = m.session_id join workspaces w on w.id = s.workspace_id
      where m.task = ${project} order by m.id`),
  ]
  return { repository, spokes, run, sessions }
}

/** The first session has done all but its last call, which runs. */
async function untilBusy({ repository, sessions, run }: Lead): Promise<Worked> {
  return vi.waitFor(
    async () => {
      const [first] = await sessions()
      if (first === undefined) throw new Error(run.said)
      expect(existsSync(at(repository, first, 'late.txt'))).toBe(true)
      return first
    },
    { timeout: 120_000, interval: 250 },
  )
}

const at = ({ folder }: GitFolder, { branch }: Worked, name: string): string =>
  join(folder, '.worktrees', branch, name)

/** The second session of the task. */
const untilHandedOver = ({ sessions, run }: Lead, timeout: number): Promise<Worked> =>
  vi.waitFor(
    async () => {
      const [, next] = await sessions()
      if (next === undefined) throw new Error(run.said)
      return next
    },
    { timeout, interval: 250 },
  )

const untilDone = ({ run }: Lead): Promise<void> =>
  vi.waitFor(() => expect(run.said).toContain('1 of 1 tasks done'), {
    timeout: 120_000,
    interval: 250,
  })

const outputsOf = async (sessionId: string): Promise<string> =>
  JSON.stringify(await started.insist('sessions.messages', { sessionId, limit: 50 }))

/** The session that made a commit, as the commit says it. */
const makerOf = ({ git }: GitFolder, commit: string): string =>
  git('log', '-1', '--format=%(trailers:key=Alkhub-Session,valueonly)', commit)

const stateOf = async (project: string) => {
  const [row] = await started.hub.database.sql`
    select t.status, t.completions, c.released_at is null as held, count(m.id)::int as sessions
    from tasks t join task_claims c on c.task_id = t.id join mappings m on m.task_id = t.id
    where t.slug = ${project} group by 1, 2, 3`
  return row
}

/** A spoke that is gone, and a project; once. */
async function loseSpoke(owner: string): Promise<void> {
  await started.hub.database.sql.begin(async (tx) => {
    await tx`insert into spokes (id, name, spoke_type, owner_id, status, connected_at, disconnected_at)
      select 'gone', 'gone', 'dev-env', owner_id, 'disconnected', '1970-01-01', now() + interval '10 seconds' from spokes where name = ${owner}
      on conflict do nothing`
    await tx`insert into projects (id, owner_id, slug, name) select 'gone', owner_id, 'gone', 'Gone' from spokes where id = 'gone'
      on conflict do nothing`
  })
}

/** Sessions that cannot be handed over, since they have no rights left. They lose their spoke at the same time as the others, and are first by their ids. */
async function loseOthers(owner: string, count: number): Promise<void> {
  const { sql } = started.hub.database
  const row = sql`lpad(n::text, 8, '0') as id from generate_series(1, ${count}::int) n`
  await loseSpoke(owner)
  await sql.begin(async (tx) => {
    await tx`insert into workspaces (id, project_id, spoke_id, name, worktree, branch, common_dir_id)
      select id, 'gone', 'gone', id, id, id, 'gone' from (select ${row}) r`
    await tx`insert into sessions (id, project_id, slug, title, status, workspace_id)
      select id, 'gone', 'gone-' || id, 'Gone', 'idle', id from (select ${row}) r`
    await tx`insert into tasks (id, project_id, slug, name) select id, 'gone', 'gone-' || id, 'Gone' from (select ${row}) r`
    await tx`insert into task_claims (task_id, session_id) select id, id from (select ${row}) r`
  })
}

test('R21: a spoke and the coordinator of its session are killed: within 30 s the task is with another session, which has every line, also behind many that cannot be handed over', async () => {
  const work = await lead('same', ({ folder }) => folder)
  const { repository, spokes } = work
  const first = await untilBusy(work)
  await loseOthers('same-b', 300)
  // An earlier try, which saved the files as they were and did not end the session.
  const { hub } = started
  const tried = await call(
    { gateway: hub.gateway.url },
    { key: hub.key },
    'dev.same-b.git.checkpoint',
    { session: first.id, step: 'gone', worktree: first.branch },
    { 'idempotency-key': `${first.id}:gone` },
  )
  expect(tried.status).toBe(200)
  writeFileSync(at(repository, first, 'last.txt'), '0\n')
  await started.hub.add('coordinator')
  await Promise.all([must(spokes[0]).kill(), must(started.coordinators[0]).machine.kill()])
  const next = await untilHandedOver(work, 30_000)
  await untilDone(work)

  const [ended] = await work.sessions()
  expect(ended).toMatchObject({ id: first.id, status: 'failed', reason: 'spoke-gone' })
  const { savedRef, head, report } = must(ended?.evidence)
  expect([head, report]).toEqual([repository.git('rev-parse', first.branch), 'Half of it is done.'])
  // What no commit and no checkpoint of the turn has.
  expect(repository.file(must(savedRef), 'late.txt')).toBe('3')
  expect(await outputsOf(next.id)).toContain('late.txt')
  const names = ['committed.txt', 'written.txt', 'late.txt', 'last.txt']
  expect(names.map((name) => repository.file('plan/result', name))).toEqual(['1', '2', '3', '0'])
  expect(repository.subjects('plan/result')).toEqual(['go on', 'first'])
  expect(makerOf(repository, 'plan/result')).toBe(next.id)
  expect(makerOf(repository, first.branch)).toBe(first.id)

  writeFileSync(at(repository, first, 'after.txt'), '4\n')
  must(spokes[0]).start()
  const parked = await vi.waitFor(
    async () => {
      const ref = (await work.sessions())[0]?.evidence?.['parkedRef']
      expect(ref).toEqual(expect.any(String))
      return must(ref)
    },
    { timeout: 120_000, interval: 500 },
  )
  expect(repository.file(parked, 'after.txt')).toBe('4')
  for (const name of [...names, 'after.txt'])
    expect([name, existsSync(at(repository, first, name))]).toEqual([name, true])
  const done = { status: 'completed', completions: 1, held: false, sessions: 2 }
  expect(await stateOf('same')).toEqual(done)
  expect((await work.sessions()).map(({ status }) => status)).toEqual(['failed', 'done'])
}, 600_000)

test('R21: through a spoke of another folder of the repository the files are those of the latest checkpoint, and the rest comes with the spoke', async () => {
  const work = await lead('apart', ({ git }) => {
    const folder = join(started.home, 'second')
    git('worktree', 'add', '-q', '-b', 'second', folder)
    return folder
  })
  const { repository, spokes } = work
  const first = await untilBusy(work)
  await must(spokes[0]).kill()
  await untilHandedOver(work, 60_000)
  await untilDone(work)
  const files = (ref: string) => repository.git('ls-tree', '--name-only', ref).split('\n')
  const [ended] = await work.sessions()
  expect(files(must(ended?.evidence?.['savedRef']))).toEqual([
    'a.txt',
    'committed.txt',
    'written.txt',
  ])
  expect(files('plan/result')).toEqual(['a.txt', 'committed.txt', 'written.txt'])
  must(spokes[0]).start()
  await vi.waitFor(
    async () => {
      const [back] = await work.sessions()
      expect(files(must(back?.evidence?.['parkedRef']))).toContain('late.txt')
    },
    { timeout: 120_000, interval: 500 },
  )
  expect(existsSync(at(repository, first, 'late.txt'))).toBe(true)
}, 600_000)

/** Dev spokes that are attached and answer no call, first by their names. Gives those that were asked. */
async function attachSilent(count: number): Promise<AsyncDisposable & { asked: Set<string> }> {
  const { hub } = started
  const asked = new Set<string>()
  const spokes = new AsyncDisposableStack()
  for (let n = 0; n < count; n++) {
    const name = `aaa-${n}`
    const silent = query(
      {
        id: 'git.repository',
        description: 'Never answers.',
        input: Type.Object({}),
        output: Type.Object({}),
      },
      (_input, { signal }) => {
        asked.add(name)
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        )
      },
    )
    const attached = attachSpoke({
      hub: must(hub.brokers[0]).url,
      key: hub.key,
      name,
      spokeType: 'dev-env',
      operations: [silent],
    })
    spokes.use(attached)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await attached.attached()
  }
  return { asked, [Symbol.asyncDispose]: () => spokes.disposeAsync() }
}

/** Sessions with the rights of another one, whose repository no spoke serves. */
async function loseWithRights(sessionId: string, count: number): Promise<void> {
  const { sql } = started.hub.database
  await loseSpoke('quiet-b')
  await sql.begin(async (tx) => {
    const ids = sql`'lost-' || n as id from generate_series(1, ${count}::int) n`
    await tx`insert into workspaces (id, project_id, spoke_id, name, worktree, branch, common_dir_id)
      select r.id, 'gone', 'gone', r.id, r.id, r.id, 'nowhere' from (select ${ids}) r`
    await tx`insert into sessions (id, project_id, slug, title, status, workspace_id, account_id, grant_id)
      select r.id, 'gone', r.id, 'Lost', 'idle', r.id, s.account_id, s.grant_id from (select ${ids}) r, sessions s where s.id = ${sessionId}`
    await tx`insert into tasks (id, project_id, slug, name) select r.id, 'gone', r.id, 'Lost' from (select ${ids}) r`
    await tx`insert into task_claims (task_id, session_id) select r.id, r.id from (select ${ids}) r`
  })
}

test('R21: more spokes that answer nothing than one try asks delay no task, and keep no spoke behind them from being asked', async () => {
  const work = await lead('quiet', ({ folder }) => folder)
  await using silent = await attachSilent(12)
  const first = await untilBusy(work)
  await loseWithRights(first.id, 5)
  await must(work.spokes[0]).kill()
  await untilHandedOver(work, 60_000)
  expect(silent.asked.size).toBe(12)
  await untilDone(work)
  expect((await work.sessions()).map(({ reason }) => reason)).toEqual(['spoke-gone', 'completed'])
  const [left] = await started.hub.database.sql`
    select count(*)::int as n from sessions where id like 'lost-%' and status = 'idle'`
  expect(left).toEqual({ n: 5 })
}, 600_000)
