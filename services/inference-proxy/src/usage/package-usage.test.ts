import { expect, test } from 'vitest'
import { packageUsage } from './package-usage.ts'
import { NO_TOKENS } from './usage.ts'

test("Google's cached tokens are inside of the input, its thoughts are output, and audio is a class of its own", () => {
  const usage = {
    inputTokens: { total: 100, noCache: 60, cacheRead: 40, cacheWrite: undefined },
    outputTokens: { total: 40, text: 10, reasoning: 30 },
    raw: {
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 80 },
        { modality: 'AUDIO', tokenCount: 20 },
      ],
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 4 }],
    },
  }
  expect(packageUsage(usage)).toEqual({
    tokens: {
      ...NO_TOKENS,
      input: 40,
      cacheRead: 40,
      audioInput: 20,
      output: 6,
      reasoning: 30,
      audioOutput: 4,
    },
    inconsistent: false,
  })
})

test.each([
  [{ inputTokens: { total: undefined }, outputTokens: { total: undefined } }, undefined],
  [{ inputTokens: { total: 0 }, outputTokens: { total: 0 } }, false],
  [{ inputTokens: { total: 0 }, outputTokens: { total: 5 } }, true],
  [{ inputTokens: { total: 3, cacheRead: 9 }, outputTokens: { total: 5 } }, true],
])('zero is not missing, and counts that contradict each other are marked: %j', (usage, is) => {
  expect(packageUsage(usage)?.inconsistent).toBe(is)
})
