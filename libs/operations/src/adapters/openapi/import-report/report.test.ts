import { expect, test } from 'vitest'
import { DOCUMENTS } from './documents.ts'
import { measureImport, tableOf } from './report.ts'

/** Operations of each document: imported, refused, and those of which something is left to the service to check. */
const EXPECTED: Readonly<Record<string, readonly [number, number, number]>> = {
  Directus: [136, 0, 1],
  Figma: [54, 0, 2],
  FastAPI: [9, 0, 4],
  'ASP.NET': [6, 0, 0],
  NestJS: [6, 0, 1],
  'Kubernetes (excerpt)': [6, 0, 0],
}

test.each(DOCUMENTS)(
  'the document of $name is imported as the report says',
  async (document) => {
    const { imported, refused, loosened } = await measureImport(document)
    expect([imported, refused.length, loosened]).toEqual(EXPECTED[document.name])
  },
  60_000,
)

test('the report has a row for each document, and the reason of each refusal', () => {
  const measure = {
    imported: 2,
    refused: ['GET /a: /paths/~1a/get: has a server that is not http or https'],
    loosened: 1,
    seconds: 0.25,
    peakMegabytes: 99.6,
    longestPauseMs: 12.4,
    longestPauseCpuMs: 11.6,
  }
  expect(
    tableOf([
      { name: 'A', measure },
      { name: 'B', measure: 'is not an object' },
    ]),
  ).toBe(
    [
      '| document | imported | refused | loosened | seconds | peak MB | longest pause ms | of it CPU ms |',
      '|---|---|---|---|---|---|---|---|',
      '| A | 2 | 1 | 1 | 0.3 | 100 | 12 | 12 |',
      '| B | is not an object |',
      '',
      'Refused:',
      '',
      '- A: GET /a: /paths/~1a/get: has a server that is not http or https',
      '',
    ].join('\n'),
  )
})
