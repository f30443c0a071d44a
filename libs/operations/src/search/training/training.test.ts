import { expect, test } from 'vitest'
import { vocabularyPairs } from './association-pairs.ts'
import { ofMeaning, ofOperation } from './batches.ts'
import { embed, initialEncoder, Learner } from './encoder.ts'
import { learnWeights } from './logit.ts'
import { Random } from './random.ts'
import { packed, scaleOf } from './vectors-file.ts'

const SYNONYMS = [
  ['bill', 'invoice'],
  ['car', 'vehicle'],
  ['photo', 'picture'],
  ['error', 'fault'],
] as const
const words = SYNONYMS.flat()
const numbers = SYNONYMS.map((_, at) => [[2 * at], [2 * at + 1]] as const)

function nearness(encoder: ReturnType<typeof initialEncoder>, one: number, other: number): number {
  const { unit } = embed(encoder, [[one], [other]])
  let sum = 0
  for (let at = 0; at < encoder.dimensions; at++)
    sum += (unit[at] ?? 0) * (unit[encoder.dimensions + at] ?? 0)
  return sum
}

test('words of one meaning get vectors that are near, and others do not', () => {
  const encoder = initialEncoder(words, 16, new Map(), () => 1, new Random(3))
  const learner = new Learner(encoder)
  const before = learner.step(numbers)
  for (let step = 0; step < 200; step++) learner.step(numbers)
  expect(learner.step(numbers)).toBeLessThan(before / 4)
  for (const other of [3, 5, 7])
    expect(nearness(encoder, 0, 1)).toBeGreaterThan(nearness(encoder, 0, other) + 0.3)
})

test('the same seed gives the same vectors', () => {
  const [one, other] = [1, 2].map(() => initialEncoder(words, 8, new Map(), () => 1, new Random(7)))
  expect(one).toEqual(other)
})

test('the bytes of the file say the vectors with an error of one part in a hundred', () => {
  const encoder = initialEncoder(words, 8, new Map(), () => 1, new Random(5))
  const bytes = new Int8Array(packed(encoder).buffer)
  const weight = Math.exp(encoder.weights[3] ?? 0)
  const scale = scaleOf((bytes[27] ?? 0) & 255)
  for (let at = 0; at < 8; at++)
    expect(scale * (bytes[28 + at] ?? 0)).toBeCloseTo(weight * (encoder.vectors[24 + at] ?? 0), 2)
})

test('weights of features that say what is right are found', () => {
  const random = new Random(9)
  const rows = Array.from({ length: 200 }, () => {
    const features = Array.from({ length: 5 }, () => [random.next(), random.next()])
    const best = features.toSorted((a, b) => (b[0] ?? 0) - (a[0] ?? 0))[0]
    return { features, right: features.map((own) => own === best) }
  })
  const [useful = 0, useless = 0] = learnWeights(rows)
  expect(useful).toBeGreaterThan(5)
  expect(Math.abs(useless)).toBeLessThan(useful / 4)
})

test('a line of the vocabulary is a pair for each of its terms', () => {
  expect(vocabularyPairs('pay_back refund > return money | payment')).toEqual([
    { said: ['pay', 'back'], meant: ['return', 'money'], near: ['payment'], rest: [] },
    { said: ['refund'], meant: ['return', 'money'], near: ['payment'], rest: [] },
  ])
  expect(vocabularyPairs('photo picture')).toEqual([
    { said: ['photo'], meant: ['pictur'], near: [], rest: [] },
    { said: ['pictur'], meant: ['photo'], near: [], rest: [] },
  ])
})

test('the first text of a pair is never empty, and its words are mostly left out of the second', () => {
  const random = new Random(11)
  const pair = { said: ['refund'], meant: ['refund', 'money'], near: ['payment'], rest: [] }
  const texts = Array.from({ length: 200 }, () => ofMeaning(pair, 1, random))
  expect(texts.filter(([said]) => said.join(' ') !== 'refund')).toEqual([])
  expect(texts.filter(([, meant]) => meant.includes('refund')).length).toBeLessThan(40)
  const plain = Array.from({ length: 200 }, () => ofMeaning(pair, 0, random))
  expect(plain.filter(([, meant]) => meant.includes('refund')).length).toBeGreaterThan(140)
  for (let at = 0; at < 200; at++) expect(ofOperation(pair, random)[0]).not.toEqual([])
})
