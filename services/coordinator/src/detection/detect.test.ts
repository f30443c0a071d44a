import { expect, test } from 'vitest'
import { DETECTION_KINDS } from './detect.ts'
import { NEGATIVES } from './labelled/negative-logs.ts'
import { scoreRules } from './labelled/score-rules.ts'

test('there are at least 20 logs without trouble, and 10 of each kind', () => {
  expect(NEGATIVES.length).toBeGreaterThanOrEqual(20)
  const scores = scoreRules()
  expect(scores.map(({ kind }) => kind)).toEqual(DETECTION_KINDS)
  for (const { positives } of scores) expect(positives).toBeGreaterThanOrEqual(10)
})

test('R26: each rule has a precision of 0.95 and a recall of 0.9 on the labelled logs', () => {
  for (const { kind, precision, recall, wrong } of scoreRules()) {
    expect([kind, wrong, precision >= 0.95]).toEqual([kind, wrong, true])
    expect([kind, wrong, recall >= 0.9]).toEqual([kind, wrong, true])
  }
})
