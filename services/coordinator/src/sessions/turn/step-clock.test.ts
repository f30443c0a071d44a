import { expect, test } from 'vitest'
import { StepClock } from './step-clock.ts'
import type { TurnRole } from './turn-role.ts'

const role = (more: Partial<TurnRole>) => more as TurnRole

test('a call gets what the step and the turn have left, and at least a second', () => {
  let worked = 0
  const clock = new StepClock(60_000, () => worked)
  expect(clock.leftMs(role({}))).toBe(60_000)
  clock.onStep(1)
  worked = 4000
  expect(clock.leftMs(role({}))).toBe(56_000)
  expect(clock.leftMs(role({ stepMs: 10_000 }))).toBe(6000)
  expect(clock.leftMs(role({ stepMs: 10_000, turnMs: 8000 }))).toBe(4000)
  // The tool calls of the step have what its call of the model left.
  clock.onStep(1)
  expect(clock.leftMs(role({ stepMs: 10_000 }))).toBe(6000)
  worked = 12_000
  expect(clock.leftMs(role({ stepMs: 10_000 }))).toBe(1000)
  clock.onStep(2)
  expect(clock.leftMs(role({ stepMs: 10_000 }))).toBe(10_000)
})

test('the time of the role counts before that of the hub, shorter or longer', () => {
  const clock = new StepClock(60_000, () => 70_000)
  expect(clock.isOver(role({}))).toBe(true)
  expect(clock.isOver(role({ turnMs: 80_000 }))).toBe(false)
  expect(clock.isOver(role({ turnMs: 2000 }))).toBe(true)
})
