import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Absences } from './absences.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const nobody = (): boolean => false

/** Time passes while Redis answers every half second. */
function connected(absences: Absences, ms: number): void {
  absences.read(performance.now(), nobody)
  for (let at = 0; at < ms; at += 500) {
    vi.advanceTimersByTime(500)
    absences.read(performance.now(), nobody)
  }
}

test('on a steady connection a missing lease proves the death at once', () => {
  const absences = new Absences(3000)
  connected(absences, 1000)
  expect(absences.prove('a')).toBe(true)
})

test('after an outage a missing lease proves nothing for the time of grace', () => {
  const absences = new Absences(3000)
  absences.interrupted()
  connected(absences, 2500)
  expect(absences.prove('a')).toBe(false)
  connected(absences, 500)
  expect(absences.prove('a')).toBe(true)
})

test('outages that follow one another do not put the proof off for ever', () => {
  const absences = new Absences(3000)
  for (let at = 0; at < 6; at++) {
    absences.interrupted()
    expect(absences.prove('a')).toBe(false)
    connected(absences, 500)
    vi.advanceTimersByTime(1000)
  }
  absences.interrupted()
  expect(absences.prove('a')).toBe(true)
  expect(absences.prove('b')).toBe(false)
})

test('an id that was seen again in between starts anew', () => {
  const absences = new Absences(3000)
  absences.interrupted()
  expect(absences.prove('a')).toBe(false)
  connected(absences, 2500)
  absences.read(performance.now(), (id) => id === 'a')
  absences.interrupted()
  connected(absences, 1000)
  expect(absences.prove('a')).toBe(false)
})
