import { expect, test } from 'vitest'
import { leftText } from './left-work.ts'

test('the message to the next session names the branch, the latest saved files and the report of the one before', () => {
  const left = {
    ...{ branch: 's-1', head: 'abc', savedRef: 'refs/alkhub/x/gone', report: 'half done' },
    holder: { sessionId: 'x' },
  }
  const text = leftText(left)
  for (const word of ['session x ', 's-1 at abc', 'as refs/alkhub/x/gone.', 'half done'])
    expect(text).toContain(word)
  const parked = leftText({ ...left, parkedRef: 'refs/alkhub/x/parked' })
  expect(parked).toContain('refs/alkhub/x/parked')
  expect(parked).not.toContain('refs/alkhub/x/gone')
})

test('of a session that left nothing, and of a first one, nothing is said', () => {
  expect([leftText(null), leftText({ holder: { sessionId: 'x' } })]).toEqual([undefined, undefined])
})

test('evidence of other types, as any holder may write it, is left out', () => {
  const wrong = { branch: 7, savedRef: ['a'], report: { a: 1 }, head: null, holder: 'me' }
  expect(leftText(wrong)).toBeUndefined()
  expect(leftText({ ...wrong, branch: 'two words', report: 'Half.' })).toBe(
    '[The hub] Another one worked on this task before, and did not finish it. Its worktree stays its own; look at what it left, and take over what is good.\nIts last report: Half.',
  )
})
