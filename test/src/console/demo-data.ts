import type { Session } from '@alkdev/contracts/agents'
import { call } from '../http.ts'
import { HOSTILE } from './demo-hub.ts'
import type { DemoHub } from './demo-hub.ts'

/** Ids of what was made, for views of one thing. */
export interface DemoData {
  readonly sessionId: string
  /** A session on a workspace with changes that are not committed. */
  readonly workspaceSessionId: string
  readonly failedCallId: string
  /** A queued call that is due in an hour. */
  readonly waitingCallId: string
  /** A call and a session whose texts are hostile. */
  readonly hostileCallId: string
  readonly hostileSessionId: string
  readonly runId: string
  /** A session with one below it. */
  readonly treeSessionId: string
}

const TASKS = [
  ['design', 'Agree on the shape of the API', [], 'completed'],
  ['storage', 'Store the orders', ['design'], 'completed'],
  ['api', 'Serve the orders over HTTP', ['storage'], 'in-progress'],
  ['auth', 'Check who asks', ['design'], 'pending'],
  ['search', 'Find orders by words', ['storage'], 'pending'],
  ['ui', 'Show the orders in a browser', ['api', 'auth'], 'pending'],
  ['load-test', 'Measure 1,000 orders a second', ['api', 'search'], 'pending'],
  ['docs', 'Describe it for those who call it', ['api'], 'pending'],
  ['release', 'Give it to the first customers', ['ui', 'load-test', 'docs'], 'pending'],
] as const

/** Puts into the hub what the views show: calls of every outcome, sessions, tasks, workflows, queued calls, hostile texts. */
export async function makeDemoData({ hub, lead, ok }: DemoHub): Promise<DemoData> {
  const asked = (operationId: string, input: unknown) => call(hub, lead, operationId, input)
  await ok('roles.create', {
    name: 'careful',
    mode: 'primary',
    description: 'Asks before it writes a file.',
    permissions: [
      { action: 'dev.laptop.fs.write', permission: 'ask', pattern: '*' },
      { action: '*', permission: 'allow', pattern: '*' },
    ],
    scopes: ['*'],
  })
  await ok('tasks.sync', {
    importStatus: true,
    files: TASKS.map(([id, name, after, status]) => ({
      path: `${id}.md`,
      content: `---\nid: ${id}\nname: ${name}\nstatus: ${status === 'in-progress' ? 'pending' : status}\ndependsOn: [${after.join(', ')}]\n---\n${name}.\n`,
    })),
  })
  await asked('tasks.claim', { task: 'api' })
  await ok('projects.create', { slug: 'hostile', name: HOSTILE })
  const ci = await ok<{ keyId: string }>('keys.create', {
    name: 'ci',
    scopes: ['calls:read', 'spokes:read'],
    description: HOSTILE,
  })
  // It was made long ago.
  await hub.database
    .sql`update api_keys set created_at = now() - interval '89 days', expires_at = now() + interval '2 days' where id = ${ci.keyId}`
  await ok('orgs.create', { name: 'acme', displayName: HOSTILE })
  await ok('roles.create', { name: 'hostile', mode: 'primary', description: HOSTILE })
  await ok('tasks.sync', {
    project: 'hostile',
    files: [
      {
        path: 'one.md',
        content: `---\nid: one\nname: ${JSON.stringify(HOSTILE)}\nstatus: pending\ndependsOn: []\n---\n${HOSTILE}\n`,
      },
    ],
  })

  for (const path of ['notes.md', 'settings.json', '.']) await asked('dev.laptop.fs.list', { path })
  await asked('dev.laptop.fs.read', { path: 'settings.json' })
  const failed = await asked('dev.laptop.fs.read', { path: 'no-such-file.txt' })
  const hostile = await asked('dev.laptop.fs.read', { path: HOSTILE })
  await asked('spokes.list', {})

  await ok('workflows.create', {
    name: 'nightly',
    description: HOSTILE,
    template: {
      type: 'sequential',
      children: [
        {
          type: 'operation',
          props: { name: 'dev.laptop.fs.list', input: { path: '.' } },
          key: 'list',
        },
        {
          type: 'operation',
          props: { name: 'dev.laptop.fs.read', input: { path: 'missing.txt' } },
          key: 'read',
        },
      ],
    },
  })
  const { runId } = await ok<{ runId: string }>('workflows.run', { name: 'nightly', input: {} })
  for (const operationId of ['accounts.me', 'dev.laptop.fs.read', 'spokes.list'])
    await asked('calls.enqueue', {
      operationId,
      input: operationId === 'dev.laptop.fs.read' ? { path: 'gone.txt' } : {},
    })
  const { callId: waitingCallId } = await ok<{ callId: string }>('calls.enqueue', {
    operationId: 'accounts.me',
    delayMs: 3_600_000,
  })
  await asked('schedules.create', {
    name: 'nightly',
    operationId: 'accounts.me',
    cron: '0 3 * * *',
  })
  await asked('budgets.set', {
    subjectType: 'account',
    subjectId: lead.accountId,
    unit: 'cost',
    period: 'day',
    limit: 5_000_000,
  })

  const model = 'scripted/coder'
  const { sessionId } = await ok<Session>('sessions.create', {
    title: 'Move the service to port 4000',
    model,
    role: 'careful',
  })
  const reader = await ok<Session>('sessions.create', { title: 'Read the folder', model })
  const { sessionId: hostileSessionId } = await ok<Session>('sessions.create', {
    title: HOSTILE,
    model,
    prompt: HOSTILE,
  })
  await ok('sessions.prompt', { sessionId: reader.sessionId, text: 'read the folder' })
  await ok('sessions.prompt', { sessionId, text: 'ask for the change of the port to 4000' })
  const { workspaceId } = await ok<{ workspaceId: string }>('workspaces.create', {
    projectId: reader.projectId,
    name: 'laptop',
    spoke: 'laptop',
  })
  const bound = await ok<Session>('sessions.create', {
    title: 'Write the notes',
    model,
    workspaceId,
  })
  await ok('dev.laptop.fs.write', {
    path: 'notes.md',
    content: `# Notes\n\n- The port is 4000.\n- ${HOSTILE}\n`,
  })
  await asked('coord.spawn', {
    parentSessionId: reader.sessionId,
    prompt: 'read it as well',
    title: 'Look into the notes',
    model,
  })
  return {
    sessionId,
    workspaceSessionId: bound.sessionId,
    waitingCallId,
    failedCallId: failed.headers.get('x-request-id') ?? '',
    hostileCallId: hostile.headers.get('x-request-id') ?? '',
    hostileSessionId,
    runId,
    treeSessionId: reader.sessionId,
  }
}
