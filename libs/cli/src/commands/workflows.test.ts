import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check what is sent. Against a real hub: the guide to workflows, in test/src/e2e/guides.e2e.test.ts.

const runId = '018f4a1e-0000-7000-8000-000000000001'
const at = '2030-01-01T10:00:00.000Z'
const template = { type: 'operation', props: { name: 'tasks.list' } }
const answers: Readonly<Record<string, unknown>> = {
  'workflows.create': { name: 'w', version: 2, steps: 1, known: false },
  'workflows.validate': { valid: true, problems: [], steps: 1 },
  'workflows.run': { runId, workflowId: runId, version: 2, known: false },
  'workflows.list': { items: [{ name: 'w', version: 2, steps: 1, createdAt: at, hash: 'abc' }] },
  'workflows.runs': {
    items: [
      { runId, name: 'w', version: 2, status: 'failed', createdAt: at, error: { code: 'TIMEOUT' } },
    ],
  },
  'workflows.signal': { runId, signalId: runId },
  'workflows.abort': { runId, receipt: 'accepted' },
  'workflows.retry': { runId, steps: ['a', 'b'] },
  'workflows.branch': { runId, parentRunId: runId, reused: ['a'], known: false },
}
const hub = new AnsweringListener(({ operation, input }, response) => {
  const { name, runId: given } = (input ?? {}) as { name?: string; runId?: string }
  if (operation === 'workflows.run' && given !== undefined && name === 'again')
    return { runId, workflowId: runId, version: 2, known: true }
  if (operation !== 'workflows.create' || name !== 'bad') return answers[operation]
  const problems = [{ reason: 'unknown-step', message: 'there is no step "nope"', node: 'nope' }]
  const detail = 'The workflow cannot run: there is no step "nope".'
  response
    .writeHead(400)
    .end(JSON.stringify({ code: 'VALIDATION_ERROR', detail, details: { problems } }))
  return undefined
})
const { calls } = hub
let file: string
beforeAll(async () => {
  await hub.start()
  file = join(hub.folder, 'template.json')
  await writeFile(file, JSON.stringify(template))
})
afterAll(() => hub.stop())
beforeEach(() => {
  calls.length = 0
})
const alkhub = (...words: string[]) =>
  run([
    'workflows',
    ...words.map((word) => word.replace('FILE', file).replace('RUN', runId)),
    ...hub.args,
  ])

test.each([
  [
    'create w FILE --description Nightly --failure-policy abort-dependents --project site',
    'workflows.create',
    {
      name: 'w',
      template,
      description: 'Nightly',
      failurePolicy: 'abort-dependents',
      project: 'site',
    },
    'Stored version 2 of w, with 1 step.',
  ],
  [
    'validate FILE --input-schema FILE',
    'workflows.validate',
    { template, inputSchema: template },
    'Valid, with 1 step.',
  ],
  [
    'run w {"n":1} --version 1 --id RUN',
    'workflows.run',
    { name: 'w', input: { n: 1 }, version: 1, runId },
    `Started ${runId}.`,
  ],
  [
    'list --versions-of w --project site',
    'workflows.list',
    { versionsOf: 'w', project: 'site', limit: 50 },
    /^w +2 +1 /m,
  ],
  [
    'runs --name w --status failed',
    'workflows.runs',
    { name: 'w', status: 'failed', limit: 50 },
    /w 2 +failed .* TIMEOUT/,
  ],
  [
    'signal RUN agree --data {"yes":true}',
    'workflows.signal',
    { runId, event: 'agree', data: { yes: true } },
    'Sent.',
  ],
  [
    'abort RUN --reason wrong',
    'workflows.abort',
    { runId, reason: 'wrong' },
    `The run ${runId} is being aborted.`,
  ],
  [
    'retry RUN --step a --step b',
    'workflows.retry',
    { runId, steps: ['a', 'b'] },
    'Retried: a, b.',
  ],
  [
    'branch RUN b --input [1]',
    'workflows.branch',
    { runId, step: 'b', input: [1] },
    `Started ${runId}, with the results of 1 step.`,
  ],
] as const)('workflows %s sends what its options say', async (line, operation, input, text) => {
  const { code, out, err } = await alkhub(...line.split(' '))
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(calls).toEqual([{ operation, input }])
  expect(out).toMatch(text)
})

test('what does not fit is refused before the hub is asked', async () => {
  for (const [line, code, text] of [
    ['create w', 2, 'Which template?'],
    ['create w none.json', 1, "none.json can't be read"],
    ['run', 2, 'Which workflow?'],
    ['run w {', 2, 'JSON'],
    ['abort', 2, 'Which run?'],
    ['branch RUN', 2, 'Which step?'],
    ['signal RUN agree --data {', 2, 'JSON'],
  ] as const) {
    const { code: given, err } = await alkhub(...line.split(' '))
    expect({ line, code: given, err }).toEqual({ line, code, err: expect.stringContaining(text) })
  }
  expect(calls).toEqual([])
})

test('a run that is started is followed by the command that watches it', async () => {
  expect((await alkhub('run', 'w')).out).toBe(
    `Started ${runId}.\nNext: alkhub workflows watch ${runId}\n`,
  )
})

test('a run that was started before is not said to be started again', async () => {
  const { code, out } = await alkhub('run', 'again', '--id', runId)
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('was started before') })
  expect(out).not.toContain('Started')
})

test('the problems of a template that cannot be stored are shown once, as lines', async () => {
  const { code, err } = await alkhub('create', 'bad', 'FILE')
  expect(code).toBe(1)
  expect(err.match(/there is no step "nope"/g)).toHaveLength(1)
  expect(err).not.toContain('details')
  expect(err).toContain('`alkhub workflows validate FILE`')
  const { out } = await alkhub('create', 'bad', 'FILE', '--json')
  expect(JSON.parse(out)).toMatchObject({
    error: { code: 'VALIDATION_ERROR', details: { problems: [{ node: 'nope' }] } },
  })
})

test('JSON with a mistake is refused with the place of the mistake', async () => {
  const broken = join(hub.folder, 'broken.json')
  await writeFile(broken, '{"type": operation}')
  for (const words of [
    ['validate', broken],
    ['run', 'w', '{"n": one}'],
    ['signal', 'RUN', 'agree', '--data', '{yes}'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one listener
    const { code, err } = await alkhub(...words)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/not valid JSON: \S/) })
  }
})
