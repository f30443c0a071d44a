import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ComparisonSteps, nextBatch, TaskGraph, Touches } from '../index.ts'
import type { TaskInput } from '../index.ts'

const batchOf = (tasks: readonly TaskInput[], limit?: number) => {
  const touches = new Map(tasks.map((task) => [task.id, new Touches(task.touches ?? [])]))
  return nextBatch(TaskGraph.fromTasks(tasks), {
    touchesOf: (id) => touches.get(id),
    ...(limit !== undefined && { limit }),
  })
}
const task = (id: string, more: Partial<TaskInput> = {}): TaskInput => ({
  id,
  name: id,
  dependsOn: [],
  ...more,
})
const ids = (batch: ReturnType<typeof batchOf>) => batch.ready.map(({ taskId }) => taskId)

test('the longest remaining chain comes first, then the risk, then the priority, then the id', () => {
  const tasks = [
    task('last'),
    task('urgent', { priority: 'high' }),
    task('risky', { risk: 'high' }),
    task('chain'),
    task('end', { dependsOn: ['chain'] }),
    task('also'),
  ]
  expect(ids(batchOf(tasks))).toEqual(['chain', 'risky', 'urgent', 'also', 'last'])
})

test('a task that may change the files of one in progress or chosen before waits for it', () => {
  const batch = batchOf([
    task('running', { status: 'in-progress', touches: ['docs/**'] }),
    task('guide', { touches: ['docs/guide.md'] }),
    task('code', { touches: ['src/'], risk: 'high' }),
    task('test', { touches: ['src/**/*.test.ts'] }),
    task('free'),
  ])
  expect(ids(batch)).toEqual(['code', 'free'])
  expect(batch.postponed).toMatchObject([
    { taskId: 'guide', waitsFor: 'running', overlap: { path: 'docs/guide.md' } },
    { taskId: 'test', waitsFor: 'code' },
  ])
  expect(batch).toMatchObject({ readyCount: 4, waitingCount: 0 })
})

test('no more tasks than the limit are chosen', () => {
  expect(ids(batchOf([task('a'), task('b'), task('c')], 2))).toEqual(['a', 'b'])
})

test('the batch ends where the steps of the comparisons are used up', () => {
  const tasks = ['a', 'b', 'c'].map((id) => task(id, { touches: [`${id}/**`] }))
  const batch = (limit: number) =>
    nextBatch(TaskGraph.fromTasks(tasks), {
      touchesOf: (id) => new Touches([`${id}/**`]),
      steps: new ComparisonSteps(limit),
    })
  expect(ids(batch(3))).toEqual(['a', 'b'])
  expect(batch(3)).toMatchObject({ postponed: [], readyCount: 3 })
  expect(ids(batch(100))).toEqual(['a', 'b', 'c'])
})

test('R23: of any plan, the tasks in progress and those chosen never overlap, and each postponed one does', () => {
  const glob = fc.constantFrom('a', 'b', 'a/*', 'a/**', '*/x', 'b/x', '**/y', 'c', '{a,c}/z')
  const plan = fc.array(
    fc.record({
      touches: fc.array(glob, { maxLength: 2 }),
      status: fc.constantFrom('pending' as const, 'in-progress' as const),
    }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(plan, (made) => {
      const tasks = made.map((one, index) => task(`t${index}`, one))
      const batch = batchOf(tasks, 100)
      const touchesOf = (id: string) =>
        new Touches(tasks.find((one) => one.id === id)?.touches ?? [])
      const chosen = ids(batch)
      const running = tasks.filter((one) => one.status === 'in-progress').map((one) => one.id)
      for (const [index, id] of chosen.entries())
        for (const other of [...running, ...chosen.slice(0, index)])
          expect(touchesOf(id).overlap(touchesOf(other))).toBeUndefined()
      for (const { taskId, waitsFor } of batch.postponed)
        expect(touchesOf(taskId).overlap(touchesOf(waitsFor))).toBeDefined()
    }),
    { numRuns: 100 },
  )
})
