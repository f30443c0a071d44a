import { expect, test } from 'vitest'
import { ChannelText } from './channel-text.ts'
import { TraceMatcher } from './trace-matcher.ts'

const matcher = new TraceMatcher('qx7-hidden-credential')

/** Adds the strings one after the other; what is cut of each (a byte can be cut more than once), and whether each is held. */
function added(...texts: readonly string[]): { readonly cuts: string[]; readonly held: boolean[] } {
  const channel = new ChannelText(matcher, 4)
  const cutBytes = texts.map(() => new Set<number>())
  const held = texts.map((text, index) =>
    channel.add(
      {
        cut: (from, to) => {
          for (let at = from; at < to; at += 1) cutBytes[index]?.add(at)
        },
      },
      text,
    ),
  )
  const cuts = texts.map((text, index) =>
    Buffer.from(Buffer.from(text).filter((_, at) => cutBytes[index]?.has(at))).toString(),
  )
  return { cuts, held }
}

test('a trace inside one string is cut', () => {
  expect(added('see hidden-credential!').cuts).toEqual(['hidden-credential'])
})

test('a trace over several strings is cut in each of them', () => {
  expect(added('see hid', '', 'den-c', 'red.').cuts).toEqual(['hid', '', 'den-c', 'red'])
})

test('text without a trace is not cut', () => {
  expect(added('hidden', ' credits').cuts).toEqual(['', ''])
})

test('the next event is awaited when the end of the text may begin a trace', () => {
  expect(added('qx7', '-h', ' no').held).toEqual([false, true, false])
})

test('an incomplete escape does not count as the end of the text', () => {
  expect(added(String.raw`qx7-\u00`).held).toEqual([true])
})

test('a trace is found after a long text', () => {
  const { cuts } = added('x'.repeat(5000), 'hidden-', 'credential')
  expect(cuts).toEqual(['', 'hidden-', 'credential'])
})
