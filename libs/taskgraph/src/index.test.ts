import { Value } from '@alkdev/typebox/value'
import { expect, test } from 'vitest'
import * as library from './index.ts'

const published = [
  'TaskGraph',
  'parallelGroups',
  'criticalPath',
  'weightedCriticalPath',
  'bottlenecks',
  'riskPath',
  'riskDistribution',
  'calculateTaskEv',
  'workflowCost',
  'shouldDecomposeTask',
  'scopeCostEstimate',
  'scopeTokenEstimate',
  'riskSuccessProbability',
  'riskWeight',
  'impactWeight',
  'resolveDefaults',
  'parseFrontmatter',
  'serializeFrontmatter',
  'parseTaskFile',
  'parseTaskDirectory',
  'TaskScopeEnum',
  'TaskRiskEnum',
  'TaskImpactEnum',
  'TaskLevelEnum',
  'TaskPriorityEnum',
  'TaskStatusEnum',
  'TaskInput',
  'DependencyEdge',
  'TaskGraphNodeAttributes',
  'TaskGraphEdgeAttributes',
  'TaskGraphSerialized',
  'RiskPathResult',
  'DecomposeResult',
  'WorkflowCostOptions',
  'WorkflowCostResult',
  'EvConfig',
  'EvResult',
  'RiskDistributionResult',
  'ResolvedTaskAttributes',
  'TaskgraphError',
  'TaskNotFoundError',
  'CircularDependencyError',
  'InvalidInputError',
  'DuplicateNodeError',
  'DuplicateEdgeError',
] as const

const added = [
  'DEFAULT_CHECK_TIMEOUT_MS',
  'MAX_CHECKS',
  'MAX_CHECK_COMMAND_LENGTH',
  'MAX_CHECK_TIMEOUT_MS',
  'MAX_TOUCHES',
  'MAX_TOUCH_LENGTH',
  'ComparisonSteps',
  'TaskCheck',
  'Touches',
  'nextBatch',
  'touchesProblems',
  'updateFrontmatter',
  'checkTasks',
  'decomposeAdvice',
  'defaultRetryModel',
  'formatProblem',
  'maxFrontmatterLength',
  'nextTasks',
  'readFrontmatter',
  'readTaskDirectory',
  'RetryModel',
  'schedule',
  'taskCost',
  'TaskCostResult',
  'textTable',
  'timeFairRetries',
  'toDot',
  'toMermaid',
  'whatIf',
]

test('exports every name of the published interface, what was added, and nothing else', () => {
  expect(Object.keys(library).toSorted()).toEqual([...published, ...added].toSorted())
})

test.each([
  ['TaskScopeEnum', library.TaskScopeEnum, ['single', 'narrow', 'moderate', 'broad', 'system']],
  ['TaskRiskEnum', library.TaskRiskEnum, ['trivial', 'low', 'medium', 'high', 'critical']],
  ['TaskImpactEnum', library.TaskImpactEnum, ['isolated', 'component', 'phase', 'project']],
  [
    'TaskLevelEnum',
    library.TaskLevelEnum,
    ['planning', 'decomposition', 'implementation', 'review', 'research'],
  ],
  ['TaskPriorityEnum', library.TaskPriorityEnum, ['low', 'medium', 'high', 'critical']],
  [
    'TaskStatusEnum',
    library.TaskStatusEnum,
    ['pending', 'in-progress', 'completed', 'failed', 'blocked'],
  ],
] as const)('%s has its values in order', (_name, schema, values) => {
  expect(schema.anyOf.map((literal) => literal.const)).toEqual(values)
})

test('the task schema takes null for what is not assessed, but not for tags', () => {
  const task = { id: 'a', name: 'A', dependsOn: [] }
  const open = { status: null, scope: null, risk: null, impact: null, level: null, priority: null }
  const texts = { assignee: null, due: null, created: null, modified: null }
  expect(Value.Check(library.TaskInput, { ...task, ...open, ...texts, tags: ['x'] })).toBe(true)
  for (const wrong of [
    { tags: null },
    { id: '' },
    { name: null },
    { dependsOn: null },
    { risk: 'x' },
  ]) {
    expect(Value.Check(library.TaskInput, { ...task, ...wrong })).toBe(false)
  }
})

test('results fit the schemas of the same name', () => {
  const graph = library.TaskGraph.fromTasks([{ id: 'a', name: 'A', dependsOn: ['b'] }])
  const results = [
    [library.RiskPathResult, library.riskPath(graph)],
    [library.RiskDistributionResult, library.riskDistribution(graph)],
    [library.DecomposeResult, library.shouldDecomposeTask({ name: 'A' })],
    [library.WorkflowCostResult, library.workflowCost(graph)],
    [library.EvResult, library.calculateTaskEv(0.5, 1, 1)],
    [library.TaskCostResult, library.taskCost(0.5, 1)],
    [library.ResolvedTaskAttributes, library.resolveDefaults({ name: 'A' })],
    [library.TaskGraphSerialized, graph.export()],
  ] as const
  for (const [schema, result] of results) expect([...Value.Errors(schema, result)]).toEqual([])
})
