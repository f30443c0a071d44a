import type { Random } from '../torture/random.ts'

const ODD_TEXTS = [
  '"\\ud800"',
  '"\\udfff x \\ud83d"',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\u202e\\u200b"',
  '""',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"%00%ff%2e%2e/"',
  '"../../etc/passwd"',
  '"\\"; drop table api_keys; --"',
  '"${7*7}{{7*7}}"',
  '"2026-13-45T99:99:99Z"',
  '"00000000-0000-0000-0000-000000000000"',
] as const
const ODD_NUMBERS = [
  '1e400',
  '-1e400',
  '1e308',
  '5e-324',
  '-0',
  '9007199254740993',
  '123456789012345678901234567890',
  '2147483648',
  '-1',
  '0.1',
] as const
const ODD_OBJECTS = [
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"__proto__":null,"a":1}',
  '{"toJSON":"x","valueOf":1,"then":{}}',
  '{"then":true,"length":-1}',
  '{"$ref":"#"}',
  '{"a":1,"a":2}',
  '{"":{"":""}}',
  '{"\\u0000":1}',
  '{"\\ud800":1}',
] as const
const BROKEN = [
  '',
  '{',
  '[1,',
  '{"a":}',
  'NaN',
  'undefined',
  "{'a':1}",
  '\u{feff}{}',
  '[]]',
  '"\n"',
]

/** JSON text of the given number of levels, of objects, arrays or both. */
export function nestedText(depth: number, open = '[', close = ']'): string {
  const inner = open.endsWith(':') ? '1' : ''
  return open.repeat(depth) + inner + close.repeat(depth)
}

/** Text of one JSON value of the kinds that break programs: deep, wide, huge, odd. Always well formed. */
export function hostileValue(random: Random, levels = 3): string {
  const one = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T
  return random.pick<() => string>([
    [4, () => one(ODD_TEXTS)],
    [4, () => one(ODD_NUMBERS)],
    [4, () => one(ODD_OBJECTS)],
    [2, () => one(['null', 'true', 'false', '[]', '{}', '[null]', '0', '1'])],
    [2, () => nestedText(one([2, 63, 511, 512, 513, 514, 516, 600, 3000, 20_000]))],
    [2, () => nestedText(one([3, 512, 513, 2000, 9000]), '{"a":', '}')],
    [1, () => nestedText(one([256, 300, 4000]), '[{"a":', '}]')],
    [1, () => `"${'x'.repeat(one([129, 1025, 70_000, 400_000]))}"`],
    [1, () => `[${Array.from({ length: one([100, 20_000]) }, () => one(ODD_NUMBERS)).join()}]`],
    [1, () => `{${Array.from({ length: one([100, 9000]) }, (_, at) => `"k${at}":${at}`).join()}}`],
    [
      levels > 0 ? 3 : 0,
      () =>
        `[${Array.from({ length: random.between(1, 4) }, () => hostileValue(random, levels - 1)).join()}]`,
    ],
    [
      levels > 0 ? 3 : 0,
      () => {
        const names = ['"a"', '"id"', '"__proto__"', '"data"', '"requestId"', '"name"', '"\\ud83d"']
        const members = Array.from(
          { length: random.between(1, 4) },
          () => `${one(names)}:${hostileValue(random, levels - 1)}`,
        )
        return `{${members.join()}}`
      },
    ],
  ])()
}

/** Hostile text that is JSON for the most part. */
export function hostileText(random: Random): string {
  if (random.next() > 0.1) return hostileValue(random)
  return BROKEN[random.between(0, BROKEN.length - 1)] ?? ''
}

/** A JSON object in which each of some members is what it should be, hostile, or missing. */
export function hostileObject(random: Random, members: Readonly<Record<string, string>>): string {
  const kept = Object.entries(members).flatMap(([name, good]) =>
    random.pick<readonly string[]>([
      [6, [`${JSON.stringify(name)}:${good}`]],
      [3, [`${JSON.stringify(name)}:${hostileValue(random)}`]],
      [1, []],
    ]),
  )
  if (random.next() < 0.1) kept.push(`"__proto__":${hostileValue(random, 1)}`)
  if (random.next() < 0.1) kept.push(`"more":${hostileValue(random, 1)}`)
  return `{${kept.join()}}`
}
