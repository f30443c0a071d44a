import { describe, expect, test } from 'vitest'
import { parseFrontmatter } from '../index.ts'
import type { TaskFileProblem, TaskInput } from '../index.ts'
import { taskCommands } from './index.ts'

const tasks: readonly TaskInput[] = [
  {
    id: 'schema',
    name: 'Write the schema',
    dependsOn: [],
    status: 'completed',
    scope: 'narrow',
    risk: 'low',
    impact: 'project',
    level: 'implementation',
    tags: ['db'],
  },
  {
    id: 'api',
    name: 'Serve it',
    dependsOn: ['schema'],
    scope: 'broad',
    risk: 'high',
    impact: 'component',
    level: 'implementation',
    priority: 'high',
    assignee: 'me',
  },
  {
    id: 'docs',
    name: 'Describe it',
    dependsOn: ['schema', 'typo'],
    scope: 'single',
    risk: 'trivial',
    impact: 'isolated',
    level: 'review',
  },
  { id: 'release', name: 'Release', dependsOn: ['api', 'docs'] },
]
const cycle: readonly TaskInput[] = [
  { id: 'a', name: 'A', dependsOn: ['b'] },
  { id: 'b', name: 'B', dependsOn: ['a'] },
  { id: 'c', name: 'C', dependsOn: ['c'] },
]

test('there is one function for each sub-command of the command line', () => {
  expect(Object.keys(taskCommands)).toEqual([
    'init',
    'validate',
    'list',
    'show',
    'deps',
    'dependents',
    'topo',
    'cycles',
    'parallel',
    'critical',
    'bottleneck',
    'risk',
    'risk-path',
    'decompose',
    'workflow-cost',
    'cost',
    'graph',
    'next',
    'slack',
    'what-if',
  ])
})

describe('texts for people', () => {
  const cases: [string, () => { text: string }, string[]][] = [
    [
      'list',
      () => taskCommands.list(tasks),
      [
        'ID       STATUS     PRIORITY  SCOPE   RISK     NAME',
        'schema   completed  -         narrow  low      Write the schema',
        'api      pending    high      broad   high     Serve it',
        'docs     pending    -         single  trivial  Describe it',
        'release  pending    -         -       -        Release',
        '4 tasks',
      ],
    ],
    ['list of nothing', () => taskCommands.list(tasks, { tag: 'x' }), ['No tasks.']],
    [
      'show',
      () => taskCommands.show(tasks, { id: 'docs', body: '\n# Docs\n  - [ ] \u001B[31mred\n' }),
      [
        'docs: Describe it',
        '  status      pending',
        '  scope       single',
        '  risk        trivial',
        '  impact      isolated',
        '  level       review',
        '  depends on  schema, typo',
        '  not found   typo',
        '  needed by   release',
        '',
        '# Docs',
        '  - [ ]  [31mred',
      ],
    ],
    [
      'deps',
      () => taskCommands.deps(tasks, { id: 'docs' }),
      ['ID      STATUS     NAME', 'schema  completed  Write the schema', 'typo    not found  typo'],
    ],
    [
      'deps of the first',
      () => taskCommands.deps(tasks, { id: 'schema' }),
      ['"schema" depends on nothing.'],
    ],
    [
      'dependents, all the way',
      () => taskCommands.dependents(tasks, { id: 'schema', transitive: true }),
      [
        'ID       STATUS   NAME',
        'api      pending  Serve it',
        'docs     pending  Describe it',
        'release  pending  Release',
      ],
    ],
    [
      'topo',
      () => taskCommands.topo(tasks, { status: 'pending' }),
      [
        '#  ID       STATUS   NAME',
        '1  api      pending  Serve it',
        '2  docs     pending  Describe it',
        '3  release  pending  Release',
      ],
    ],
    ['cycles', () => taskCommands.cycles(cycle), ['c -> c', 'a -> b -> a']],
    ['no cycles', () => taskCommands.cycles(tasks), ['No cycles.']],
    [
      'parallel',
      () => taskCommands.parallel(tasks),
      ['1 (1 task): schema', '2 (2 tasks): api, docs', '3 (1 task): release'],
    ],
    [
      'critical',
      () => taskCommands.critical(tasks, { weight: 'cost' }),
      [
        '#  ID       COST  NAME',
        '1  schema      2  Write the schema',
        '2  api         4  Serve it',
        '3  release     2  Release',
        '3 tasks, cost 8 in all',
      ],
    ],
    [
      'bottleneck',
      () => taskCommands.bottleneck(tasks),
      ['SCORE  ID    NAME', '0.083  api   Serve it', '0.083  docs  Describe it'],
    ],
    [
      'risk',
      () => taskCommands.risk(tasks),
      [
        'RISK         TASKS  SHARE  IDS',
        'trivial          1   25 %  docs',
        'low              1   25 %  schema',
        'medium           0    0 %',
        'high             1   25 %  api',
        'critical         0    0 %',
        'unspecified      1   25 %  release',
      ],
    ],
    [
      'risk-path',
      () => taskCommands['risk-path'](tasks),
      [
        '#  ID       RISK  NAME',
        '1  schema    0.3  Write the schema',
        '2  api      0.52  Serve it',
        '3  release   0.2  Release',
        '3 tasks, risk 1.02 in all',
      ],
    ],
    [
      'decompose',
      () => taskCommands.decompose(tasks),
      [
        'ID       ADVICE  WHY',
        'api      split   risk is high (failure probability 0.35); scope is broad (cost estimate 4.0)',
        'release  assess  not assessed: scope, risk, impact, level',
      ],
    ],
    [
      'workflow-cost',
      () => taskCommands['workflow-cost'](tasks, { limit: 2 }),
      [
        ' COST     P  P HERE  SCOPE  IMPACT  ID       NAME',
        '13.34  0.65    0.65      4     1.5  api      Serve it',
        ' 3.41  0.80    0.77      2       1  release  Release',
        '1 more',
        '17.77 for 3 tasks, 5.92 on average',
      ],
    ],
    [
      'next',
      () => taskCommands.next(tasks),
      [
        'ID   PRIORITY  CHAIN  UNBLOCKS  NAME',
        'api  high          6         1  Serve it',
        '1 task ready, 2 waiting',
      ],
    ],
    [
      'slack',
      () => taskCommands.slack(tasks),
      [
        'ID       TAKES  STARTS  ENDS     SLACK  NAME',
        'schema       0       0     0  critical  Write the schema',
        'api          4       0     4  critical  Serve it',
        'docs         1       0     1         3  Describe it',
        'release      2       4     6  critical  Release',
        'ends at 6',
      ],
    ],
    [
      'what-if',
      () => taskCommands['what-if'](tasks, { slips: { docs: 5 } }),
      [
        'ID       START  END  NAME',
        'docs         0   +5  Describe it',
        'release     +2   +2  Release',
        'The end moves by +2, from 6 to 8.',
      ],
    ],
    [
      'graph',
      () =>
        taskCommands.graph(tasks.slice(0, 2), {
          format: 'mermaid',
          critical: true,
          direction: 'TB',
        }),
      [
        'flowchart TB',
        '  n0["Write the schema"]',
        '  n1["Serve it"]',
        '  n0 --> n1',
        '  classDef completed fill:#d3f9d8',
        '  classDef critical stroke-width:3px',
        '  class n0 completed',
        '  class n0,n1 critical',
        '  linkStyle 0 stroke-width:3px',
      ],
    ],
    [
      'validate',
      () => taskCommands.validate([...tasks, ...cycle, ...tasks.slice(0, 1)]),
      [
        'error: schema: the id "schema" is used twice',
        'error: docs: there is no task "typo"',
        'error: c: the task depends on itself',
        'error: a: the tasks depend on each other in a cycle: a -> b -> a',
        '8 tasks: 4 errors, 0 warnings',
      ],
    ],
  ]
  test.each(cases)('%s', (_name, run, lines) => {
    expect(run().text.split('\n')).toEqual(lines)
  })
})

describe('data for programs', () => {
  test('list gives the tasks that fit all of the filter', () => {
    const ids = (filter: object) => taskCommands.list(tasks, filter).data.map((task) => task.id)
    expect(ids({ status: 'pending', scope: 'broad' })).toEqual(['api'])
    expect(ids({ tag: 'db' })).toEqual(['schema'])
    expect(ids({ assignee: 'me', risk: 'low' })).toEqual([])
  })

  test('validate fails on errors, and on warnings when strict', () => {
    expect(taskCommands.validate(tasks).data).toMatchObject({
      errors: 1,
      warnings: 0,
      failed: true,
    })
    const warning = {
      path: 'a.md',
      severity: 'warning',
      code: 'unknown-field',
      field: 'piority',
      message: 'no task has this field',
      line: 2,
      column: 1,
    } as const
    const failed = (strict: boolean): boolean =>
      taskCommands.validate([], { problems: [warning], strict }).data.failed
    expect([failed(false), failed(true)]).toEqual([false, true])
    expect(taskCommands.validate([], { ignored: 2 }).text).toBe(
      '0 tasks: no problems; 2 files without front matter ignored',
    )
    expect(taskCommands.validate(tasks.slice(0, 2), { strict: true })).toEqual({
      data: { tasks: 2, errors: 0, warnings: 0, failed: false, problems: [] },
      text: '2 tasks: no problems',
    })
  })

  test('validate prints the places of what a directory had', () => {
    const problem: TaskFileProblem = {
      path: 'a.md',
      line: 3,
      column: 7,
      code: 'schema',
      field: 'risk',
      message: 'expected one of low, high, found "x\u0007"',
      severity: 'error',
    }
    const { data, text } = taskCommands.validate([], { problems: [problem] })
    expect(data.problems).toEqual([problem])
    expect(text).toBe(
      'error: a.md:3:7: risk: expected one of low, high, found "x "\n0 tasks: 1 error, 0 warnings',
    )
  })

  test('an unknown task is a typed error', () => {
    for (const run of [taskCommands.show, taskCommands.deps, taskCommands.dependents]) {
      expect(() => run(tasks, { id: 'x' })).toThrow(
        expect.objectContaining({ name: 'TaskNotFoundError' }),
      )
    }
  })

  test('in a cycle what is around a task ends, and an order is a typed error', () => {
    const { data } = taskCommands.deps(cycle, { id: 'a', transitive: true })
    expect(data.map(({ id }) => id)).toEqual(['b', 'a'])
    for (const run of [
      taskCommands.topo,
      taskCommands.critical,
      taskCommands.cost,
      taskCommands.slack,
    ]) {
      expect(() => run(cycle)).toThrow(expect.objectContaining({ name: 'CircularDependencyError' }))
    }
    expect(taskCommands.graph(cycle, { critical: true }).text).toContain('"a" -> "b";')
  })

  test('a task that waits for an unknown one is not next', () => {
    const { ready, waiting } = taskCommands.next(tasks).data
    expect(ready.map((task) => task.taskId)).toEqual(['api'])
    expect(waiting.map((task) => [task.taskId, task.waitsFor])).toEqual([
      ['docs', ['typo']],
      ['release', ['api', 'docs']],
    ])
  })

  test('no tasks are no trouble for any command', () => {
    const {
      init: _init,
      show: _show,
      deps: _deps,
      dependents: _dependents,
      'what-if': whatIf,
      ...rest
    } = taskCommands
    for (const run of Object.values(rest)) expect(run([]).text).not.toBe('')
    expect(whatIf([], { slips: {} }).text).toBe('The end stays at 0.')
  })
})

describe('init', () => {
  const now = new Date('2026-02-03T04:05:06.000Z')

  test('makes a file that reads back as the task', () => {
    const { data, text } = taskCommands.init(tasks, {
      id: 'new',
      name: 'New: one',
      scope: 'narrow',
      risk: 'low',
      dependsOn: ['api'],
      now,
    })
    expect(parseFrontmatter(data.markdown)).toEqual(data.task)
    expect(data.fileName).toBe('new.md')
    expect(`${text}\n`.split('\n').slice(0, 12)).toEqual([
      '---',
      'id: new',
      'name: "New: one"',
      'dependsOn:',
      '  - api',
      'status: pending',
      'scope: narrow',
      'risk: low',
      'created: 2026-02-03T04:05:06.000Z',
      'modified: 2026-02-03T04:05:06.000Z',
      '---',
      '',
    ])
    expect(data.markdown).toContain('\n## Acceptance Criteria\n\n- [ ] \n')
  })

  test('refuses an id that is taken and a word that does not exist', () => {
    expect(() => taskCommands.init(tasks, { id: 'api' })).toThrow(
      expect.objectContaining({ name: 'DuplicateNodeError' }),
    )
    expect(() => taskCommands.init(tasks, { id: 'x', risk: 'huge' as 'high' })).toThrow(
      'risk: expected one of trivial, low, medium, high, critical, found "huge"',
    )
    expect(() => taskCommands.init(tasks, { id: '' })).toThrow(
      expect.objectContaining({ field: 'id' }),
    )
  })

  test.each([
    ['a/b', 'a-b.md'],
    ['../../etc/passwd', 'etc-passwd.md'],
    ['.hidden', 'hidden.md'],
    ['日本 one', '日本-one.md'],
    ['->', 'task.md'],
    ['x\u0000y', 'x-y.md'],
  ])('the file of %j is %s', (id, fileName) => {
    expect(taskCommands.init([], { id, now }).data.fileName).toBe(fileName)
  })
})
