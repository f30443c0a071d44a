import {
  TaskImpactEnum,
  TaskLevelEnum,
  TaskPriorityEnum,
  TaskRiskEnum,
  TaskScopeEnum,
  TaskStatusEnum,
} from '@alkdev/taskgraph'
import { expect, test } from 'vitest'
import {
  TaskImpact,
  TaskLevel,
  TaskPriority,
  TaskRisk,
  TaskScope,
  TaskStatus,
} from './tasks/families.ts'

test.each([
  [TaskStatus, TaskStatusEnum],
  [TaskScope, TaskScopeEnum],
  [TaskRisk, TaskRiskEnum],
  [TaskImpact, TaskImpactEnum],
  [TaskLevel, TaskLevelEnum],
  [TaskPriority, TaskPriorityEnum],
])('categories of tasks are those of the task library, in its order', (family, schema) => {
  expect(Object.values(family)).toEqual(schema.anyOf.map((literal) => literal.const))
})
